/* Open rules and their explanation, each alone and put together. */
import { levelOf, rank } from './levels';

const OPEN = /^([A-Z][A-Z0-9]*-\d+)(?::([a-z]*))?(?:@(\d{4}-\d{2}-\d{2}))?/;
const HEAD = /^([A-Z][A-Z0-9]*-\d+)(?:\s+(?![—–]\s)(.*?))?(?:\s+[—–]\s+([^—–]*))?$/;
const CLEARS = /^(what would clear|to clear|clears?\b|it (?:would )?clears?|ce qui (?:y )?mettrait fin|pour (?:y )?mettre fin|fin du constat)/i;
const CUT = /^…/;
const INNER = /\s*;\s+(?=clears? |fin du constat)/i;

/** [{rule, level, since}] of EQ_Open_Rules__c; level and since are null where they cannot be read. */
export function openRules(said) {
    if (typeof said !== 'string') {
        return [];
    }
    const found = [];
    for (const part of said.split(/[;\n]/)) {
        const match = OPEN.exec(part.trim());
        if (match) {
            found.push({ rule: match[1], level: levelOf(match[2]), since: match[3] ?? null });
        }
    }
    return found;
}

/** [{rule, label, level, reasons, clears}] of EQ_Explanation__c. A paragraph without a code belongs to the one before it;
 * one that only says how many did not fit belongs to none. */
export function explanation(said) {
    if (typeof said !== 'string') {
        return [];
    }
    const found = [];
    for (const paragraph of said.replace(/\r\n?/g, '\n').split(/\n\s*\n/)) {
        const lines = paragraph.split('\n').map((line) => line.trim()).filter(Boolean);
        const head = lines.length ? HEAD.exec(lines[0]) : null;
        if (head) {
            found.push({ rule: head[1], label: head[2] || null, level: levelOf(head[3]), ...split(lines.slice(1)) });
        } else if (lines.length && found.length && !CUT.test(lines[0])) {
            const more = split(lines);
            const last = found[found.length - 1];
            last.reasons = [...last.reasons, ...more.reasons];
            last.clears = [...last.clears, ...more.clears];
        }
    }
    return found;
}

function split(lines) {
    const reasons = [];
    const clears = [];
    for (const line of lines) {
        const parts = CLEARS.test(line) ? [line] : line.split(INNER);
        if (CLEARS.test(parts[0])) {
            clears.push(parts[0]);
        } else {
            reasons.push(parts[0]);
            clears.push(...parts.slice(1));
        }
    }
    return { reasons, clears };
}

/**
 * What is open, the worst first and the oldest of the same level first: every open rule with its paragraph, and paragraphs
 * whose rule is not listed (a hidden or shortened field). [{key, rule, label, level, since, reasons, clears}]
 */
export function findings(open, explained) {
    const paragraphs = new Map();
    for (const one of explanation(explained)) {
        paragraphs.set(one.rule, [...(paragraphs.get(one.rule) ?? []), one]);
    }
    const found = openRules(open).map((one) => {
        const said = paragraphs.get(one.rule)?.shift();
        return { ...one, label: said?.label ?? null, level: one.level ?? said?.level ?? null, reasons: said?.reasons ?? [], clears: said?.clears ?? [] };
    });
    for (const rest of paragraphs.values()) {
        found.push(...rest.map((said) => ({ ...said, since: null })));
    }
    found.sort((a, b) => rank(b.level) - rank(a.level) || (a.since ?? '9').localeCompare(b.since ?? '9'));
    return found.map((one, position) => ({ ...one, key: `${one.rule}-${position}` }));
}
