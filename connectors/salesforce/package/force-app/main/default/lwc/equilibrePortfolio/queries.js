/* The two questions to the GraphQL API. `@optional` fields are left out of the answer where the user may not see them. */
import { gql } from 'lightning/graphql';

/** Heads of groups only: the same share stands on every account of a group. */
export const WEIGHTS = gql`
    query equilibreWeights($first: Int) {
        uiapi {
            query {
                Account(
                    first: $first
                    where: { and: [{ EQ_Revenue_Share__c: { gt: 0 } }, { ParentId: { eq: null } }] }
                    orderBy: { EQ_Revenue_Share__c: { order: DESC, nulls: LAST } }
                ) {
                    edges {
                        node {
                            Id
                            Name {
                                value
                            }
                            EQ_Revenue_Share__c {
                                value
                            }
                            EQ_Level__c @optional {
                                value
                            }
                        }
                    }
                    pageInfo {
                        hasNextPage
                    }
                }
            }
        }
    }
`;

export const FLAGGED = gql`
    query equilibreFlagged($first: Int, $after: String, $where: Account_Filter) {
        uiapi {
            query {
                Account(first: $first, after: $after, where: $where, orderBy: { EQ_At_Stake__c: { order: DESC, nulls: LAST } }) {
                    edges {
                        node {
                            Id
                            Name {
                                value
                            }
                            Parent @optional {
                                Name @optional {
                                    value
                                }
                            }
                            Owner @optional {
                                Name @optional {
                                    value
                                }
                            }
                            EQ_Level__c {
                                value
                            }
                            EQ_At_Stake__c {
                                value
                            }
                            EQ_Revenue_Share__c @optional {
                                value
                            }
                            EQ_Stage__c @optional {
                                value
                                displayValue
                            }
                            EQ_Open_Rules__c @optional {
                                value
                            }
                            EQ_Next_Step__c @optional {
                                value
                            }
                        }
                    }
                    pageInfo {
                        hasNextPage
                        endCursor
                    }
                    totalCount
                }
            }
        }
    }
`;

/** What makes an account appear in the list. */
export function flaggedWhere(levels, withSubsidiaries) {
    const level = { EQ_Level__c: { in: levels } };
    return withSubsidiaries ? level : { and: [level, { ParentId: { eq: null } }] };
}

/** {nodes, more, cursor, total} of an answer's page of accounts. */
export function page(data) {
    const found = data?.uiapi?.query?.Account;
    return {
        nodes: (found?.edges ?? []).map((edge) => edge?.node).filter((node) => node?.Id),
        more: Boolean(found?.pageInfo?.hasNextPage),
        cursor: found?.pageInfo?.endCursor ?? null,
        total: found?.totalCount ?? null,
    };
}

/** Whether an answer failed because of fields that the user may not see (or that are not installed), rather than of a bad moment. */
export function isDenied(errors) {
    return errors.some((one) => /field|access|permission|EQ_/i.test(one?.message ?? ''));
}
