/* How much of the revenue rests on how few. */

/**
 * {top1, top5, hhi, effective, rest} of shares between 0 and 1, null where nothing can be said. Shares that are not shown count in none of
 * them: while `rest`, the share left out, is not zero, the HHI is a lower bound and the number of equal clients an upper one.
 */
export function concentration(shares) {
    const known = shares.filter((one) => Number.isFinite(one) && one > 0).sort((a, b) => b - a);
    if (!known.length) {
        return { top1: null, top5: null, hhi: null, effective: null, rest: null };
    }
    const sum = (some) => some.reduce((total, one) => total + one, 0);
    const hhi = sum(known.map((one) => one * one));
    return { top1: known[0], top5: Math.min(1, sum(known.slice(0, 5))), hhi, effective: 1 / hhi, rest: Math.max(0, 1 - sum(known)) };
}

/** The first `most` rows of [{share}] with their width in percent of the largest, and the share of all others. */
export function bars(rows, most) {
    const known = rows.filter((one) => Number.isFinite(one.share) && one.share > 0).sort((a, b) => b.share - a.share);
    const shown = known.slice(0, most).map((one) => ({ ...one, width: Math.max(0.5, Math.min(100, (one.share / known[0].share) * 100)) }));
    const rest = 1 - shown.reduce((total, one) => total + one.share, 0);
    return { shown, rest: shown.length && rest > 0.0005 ? rest : null };
}
