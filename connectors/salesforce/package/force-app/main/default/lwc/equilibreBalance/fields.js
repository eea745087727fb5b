/* The fields that the component reads. All are optional but the name: one that is hidden or not installed is simply absent. */
export const REQUIRED = Object.freeze(['Account.Name']);
export const OPTIONAL = Object.freeze(
    [
        'EQ_Level__c',
        'EQ_Stage__c',
        'EQ_Stage_Proposed__c',
        'EQ_Index__c',
        'EQ_Coverage__c',
        'EQ_Revenue_Share__c',
        'EQ_At_Stake__c',
        'EQ_Open_Rules__c',
        'EQ_Explanation__c',
        'EQ_Restricted__c',
        'EQ_Trend__c',
        'EQ_Next_Step__c',
        'EQ_Checklist__c',
        'EQ_Computed_At__c',
    ].map((name) => `Account.${name}`),
);
/** Those without which there is nothing to show. */
export const ESSENTIAL = Object.freeze(['EQ_Level__c', 'EQ_Open_Rules__c', 'EQ_Explanation__c', 'EQ_Computed_At__c']);
