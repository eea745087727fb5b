/* Twelve months of the index, read and drawn. */
import { levelOf } from './levels';

const MONTH = /^(\d{4}-(?:0[1-9]|1[0-2])):(-|\d{1,3}(?:\.\d+)?)([a-z]?)$/;
const MOST = 12;

/** [{month, index, level}], oldest first, at most the last twelve; index is null where it is not shown. */
export function trend(said) {
    if (typeof said !== 'string') {
        return [];
    }
    const months = new Map();
    for (const part of said.trim().split(/\s+/)) {
        const match = MONTH.exec(part);
        const index = match && match[2] !== '-' ? Number(match[2]) : null;
        if (match && (index === null || index <= 100)) {
            months.set(match[1], { month: match[1], index, level: levelOf(match[3]) });
        }
    }
    return [...months.values()].sort((a, b) => a.month.localeCompare(b.month)).slice(-MOST);
}

/**
 * Where the line and its points lie in a box: {points: [{x, y, month, index, level}], lines: [path data]}.
 * A month without an index breaks the line; it is never drawn as zero.
 */
export function drawing(months, { left, right, top, bottom }) {
    const step = months.length > 1 ? (right - left) / (months.length - 1) : 0;
    const points = months.map((one, position) => ({
        ...one,
        x: round(months.length > 1 ? left + step * position : (left + right) / 2),
        y: one.index === null ? null : round(bottom - ((bottom - top) * one.index) / 100),
    }));
    const lines = [];
    let open = [];
    for (const point of [...points, { y: null }]) {
        if (point.y !== null) {
            open.push(point);
        } else {
            if (open.length > 1) {
                lines.push('M' + open.map((one) => `${one.x} ${one.y}`).join(' L'));
            }
            open = [];
        }
    }
    return { points, lines };
}

function round(value) {
    return Math.round(value * 10) / 10;
}
