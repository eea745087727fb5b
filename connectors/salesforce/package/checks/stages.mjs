/*
 * The situations that render.mjs plays. The accounts are those of the demo portfolio as a sync wrote them (stage/example.json, made by
 * example.py); a year of trend and a checklist are put in, since a first sync has neither.
 */
import fs from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const { FRENCH, SOURCE } = createRequire(import.meta.url)('./words.js');
const here = path.dirname(fileURLToPath(import.meta.url));
const EXAMPLE = JSON.parse(fs.readFileSync(path.join(here, 'stage/example.json'), 'utf8'));
const YEAR = '2025-12:9n 2026-01:12i 2026-02:-i 2026-03:17w 2026-04:21w 2026-05:19w 2026-06:24a 2026-07:33a 2026-08:30a 2026-09:28a 2026-10:31c 2026-11:26c';
const CHECKLIST = 'G1=missing;G2=ok;G3=missing;G4=ok;G5=missing;G6=missing;G7=ok';
const TYPED = { EQ_Stage__c: 'last_round', EQ_Consult_Team__c: 'mixed', EQ_Limits_Set__c: 'written', EQ_Review_Date__c: '2026-12-15', EQ_Manager_Position__c: 'strained' };
const LONG = 'Société Anonyme des Établissements réunis du Grand Nord et de ses Filiales '.repeat(4);

export function stages() {
    const list = [];
    for (const language of ['en', 'fr']) {
        const whole = heaviest(language);
        const balance = (name, fields, more = {}) => list.push({ name, language, component: 'c-equilibre-balance', data: { ...data(language), record: record(fields, language) }, ...more });
        balance('account', { ...whole, EQ_Trend__c: YEAR, EQ_Checklist__c: CHECKLIST, ...TYPED }, { picture: `salesforce-account-${language}.png` });
        balance('account, editing', { ...whole }, { clicks: ['button.edit'], picture: `editing-${language}.png` });
        balance('account on a phone', { ...whole, EQ_Trend__c: YEAR, EQ_Checklist__c: CHECKLIST }, { width: 380, picture: `phone-${language}.png` });
        balance('account that nothing was written on', { EQ_Level__c: null });
        balance('account whose fields are hidden', {});
        balance('account with thousands of findings', { ...whole, EQ_Open_Rules__c: many(3000), EQ_Next_Step__c: LONG }, { clicks: ['button.more'] });
        balance('account of a newer sync', { ...whole, EQ_Open_Rules__c: 'NEW-77:severe@2026-11-24;X-1', EQ_Level__c: 'severe', EQ_Stage__c: 'paused', EQ_Trend__c: 'rubbish', EQ_Restricted__c: 'BEH-04 — alert\nDetails.' });
        const portfolio = (name, answers, more = {}) => list.push({ name, language, component: 'c-equilibre-portfolio', width: 1200, data: { ...data(language), answers, ...more.data }, ...more.stage });
        portfolio('portfolio', { equilibreWeights: weights(language), equilibreFlagged: flagged(language) }, { stage: { picture: `salesforce-portfolio-${language}.png` } });
        portfolio('portfolio, empty', { equilibreWeights: answer([]), equilibreFlagged: answer([]) });
        portfolio('portfolio, denied', {}, { data: { errors: { equilibreWeights: [{ message: 'no access to field' }], equilibreFlagged: [{ message: 'oops' }] } } });
        portfolio('portfolio with odd names', { equilibreWeights: answer(odd()), equilibreFlagged: answer(odd()) }, { stage: { width: 700, picture: `odd-${language}.png` } });
    }
    return list;
}

function heaviest(language) {
    return byMoney(EXAMPLE[language].accounts)[0];
}

function byMoney(accounts) {
    return accounts.toSorted((a, b) => (b.EQ_At_Stake__c ?? 0) - (a.EQ_At_Stake__c ?? 0));
}

function data(language) {
    const account = heaviest(language);
    const fields = {};
    for (const file of fs.readdirSync(path.join(SOURCE, 'objects/Account/fields'))) {
        const name = file.split('.')[0];
        fields[name] = { label: labels(name, language).label, updateable: true };
    }
    const tasks = EXAMPLE[language].tasks.filter((task) => task.WhatId === account.Id);
    const edges = tasks.map((task) => ({
        node: { Id: task.Id, Subject: { value: task.Subject }, ActivityDate: { value: task.ActivityDate }, IsHighPriority: { value: /high|haute/i.test(task.Priority ?? '') } },
    }));
    return { objectInfo: { fields }, answers: { equilibreTasks: { uiapi: { query: { Task: { edges, pageInfo: { hasNextPage: false } } } } } } };
}

/** A record as Lightning Data Service gives it, picklists with the words of the user's language. */
function record(fields, language) {
    const entries = Object.entries(fields).map(([name, value]) => [name, { value, displayValue: name.startsWith('EQ_') ? shown(name, value, language) : null }]);
    return { fields: { Name: { value: 'x' }, ...Object.fromEntries(entries) } };
}

function shown(name, value, language) {
    const { values } = labels(name, language);
    return values && typeof value === 'string' ? value.split(';').map((one) => values[one] ?? one).join('; ') : null;
}

function labels(name, language) {
    const xml = fs.readFileSync(path.join(SOURCE, 'objects/Account/fields', `${name}.field-meta.xml`), 'utf8');
    const text = (one) => one?.replaceAll('&apos;', "'").replaceAll('&amp;', '&');
    const pairs = [...xml.matchAll(/<value>\s*<fullName>(.*?)<\/fullName>.*?<label>(.*?)<\/label>/gs)].map(([, value, label]) => [value, text(label)]);
    const own = text(/<label>([^<]*)<\/label>\s*(?:<length>|<precision>|<required>)/.exec(xml)?.[1]);
    if (language === 'en') {
        return { label: own, values: pairs.length ? Object.fromEntries(pairs) : null };
    }
    const french = fs.readFileSync(path.join(FRENCH, 'objectTranslations/Account-fr', `${name}.fieldTranslation-meta.xml`), 'utf8');
    const words = Object.fromEntries([...french.matchAll(/<masterLabel>(.*?)<\/masterLabel>\s*<translation>(.*?)<\/translation>/gs)].map(([, a, b]) => [text(a), text(b)]));
    return { label: text(/<label>(.*?)<\/label>/.exec(french)[1]), values: pairs.length ? Object.fromEntries(pairs.map(([value, label]) => [value, words[label]])) : null };
}

function node(account, language) {
    const stage = account.EQ_Stage__c ?? account.EQ_Stage_Proposed__c;
    return {
        Id: account.Id,
        Name: { value: account.Name },
        EQ_Level__c: { value: account.EQ_Level__c },
        EQ_At_Stake__c: { value: account.EQ_At_Stake__c ?? null },
        EQ_Revenue_Share__c: { value: account.EQ_Revenue_Share__c ?? null },
        EQ_Stage__c: { value: stage ?? null, displayValue: stage ? shown('EQ_Stage__c', stage, language) : null },
        EQ_Open_Rules__c: { value: account.EQ_Open_Rules__c ?? null },
        EQ_Next_Step__c: { value: account.EQ_Next_Step__c ?? null },
    };
}

function answer(nodes) {
    return { uiapi: { query: { Account: { edges: nodes.map((one) => ({ node: one })), pageInfo: { hasNextPage: false, endCursor: null }, totalCount: nodes.length } } } };
}

function weights(language) {
    const heads = EXAMPLE[language].accounts.filter((one) => !one.ParentId && one.EQ_Revenue_Share__c > 0);
    return answer(heads.toSorted((a, b) => b.EQ_Revenue_Share__c - a.EQ_Revenue_Share__c).map((one) => node(one, language)));
}

function flagged(language) {
    return answer(byMoney(EXAMPLE[language].accounts).filter((one) => !one.ParentId && ['watch', 'alert', 'critical'].includes(one.EQ_Level__c)).map((one) => node(one, language)));
}

function odd() {
    const names = [LONG, 'شركة النور للتجارة العامة', '🚀🎉 Éclair & Fils <b>', 'X'.repeat(200)];
    return names.map((name, number) => ({ Id: `001${number}`, Name: { value: name }, EQ_Revenue_Share__c: { value: 0.4 / (number + 1) }, EQ_Level__c: { value: 'alert' }, EQ_At_Stake__c: { value: 10 ** (12 - number) }, EQ_Next_Step__c: { value: name } }));
}

function many(count) {
    return Array.from({ length: count }, (_, number) => `DEP-${1000 + number}:watch@2026-11-24`).join(';');
}
