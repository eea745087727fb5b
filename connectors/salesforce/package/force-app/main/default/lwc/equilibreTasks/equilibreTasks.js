import { LightningElement, api, wire } from 'lwc';
import { gql, graphql } from 'lightning/graphql';
import LOCALE from '@salesforce/i18n/locale';
import { day } from 'c/equilibreFormat';
import { fill, text } from 'c/equilibreText';

const OPEN_TASKS = gql`
    query equilibreTasks($account: ID) {
        uiapi {
            query {
                Task(
                    first: 20
                    where: { and: [{ WhatId: { eq: $account } }, { IsClosed: { eq: false } }, { EQ_Mark__c: { ne: null } }] }
                    orderBy: { ActivityDate: { order: ASC, nulls: LAST } }
                ) {
                    edges {
                        node {
                            Id
                            Subject @optional {
                                value
                            }
                            ActivityDate @optional {
                                value
                            }
                            IsHighPriority @optional {
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

/** The open tasks that Équilibre made for this account, the first due first. */
export default class EquilibreTasks extends LightningElement {
    text = text;
    found;
    hasMore = false;
    isUnavailable = false;

    @api recordId;

    @wire(graphql, { query: OPEN_TASKS, variables: '$variables' })
    receive({ data, errors }) {
        if (data) {
            const page = data.uiapi?.query?.Task;
            this.found = (page?.edges ?? []).map((edge) => edge?.node).filter((node) => node?.Id);
            this.hasMore = Boolean(page?.pageInfo?.hasNextPage);
        }
        this.isUnavailable = Boolean(errors?.length) && !data;
    }

    get variables() {
        return this.recordId ? { account: this.recordId } : undefined;
    }

    get isLoading() {
        return !this.found && !this.isUnavailable;
    }

    get isEmpty() {
        return this.found?.length === 0;
    }

    get rows() {
        const today = new Date().toLocaleDateString('sv-SE');
        return (this.found ?? []).map((task) => {
            const due = task.ActivityDate?.value ?? null;
            return {
                id: task.Id,
                link: `/lightning/r/Task/${task.Id}/view`,
                subject: task.Subject?.value || text.Not_Known,
                due: due ? fill(text.Tasks_Due, day(due, LOCALE)) : text.Tasks_No_Date,
                isOverdue: due !== null && due < today,
                isHigh: task.IsHighPriority?.value === true,
            };
        });
    }
}
