import { adapter } from 'stage/platform';

export function gql(parts) {
    return parts.join('');
}

/** Answers by the name of the query. */
export const graphql = adapter((config) => {
    const name = /query (\w+)/.exec(config.query ?? '')?.[1];
    return config.query && config.variables ? { data: globalThis.STAGE.answers[name], errors: globalThis.STAGE.errors?.[name] } : { data: undefined, errors: undefined };
});
