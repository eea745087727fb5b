import { adapter } from 'stage/platform';

export const getObjectInfo = adapter(() => ({ data: globalThis.STAGE.objectInfo, error: undefined }));
