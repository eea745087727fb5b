import { adapter } from 'stage/platform';

/** Answers with the record of the page; what it does not hold is absent, as a hidden field is. */
export const getRecord = adapter((config) => ({ data: config.recordId ? globalThis.STAGE.record : undefined, error: undefined }));
