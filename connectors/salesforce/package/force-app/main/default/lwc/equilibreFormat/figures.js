/* Figures and dates as the user's locale writes them; null for what is not known. */

/** A format of Intl, or the browser's own when the platform's locale is one that it does not know. */
function format(make) {
    return (locale, options) => {
        try {
            return make(locale, options);
        } catch {
            return make(undefined, options);
        }
    };
}

const numbers = format((locale, options) => new Intl.NumberFormat(locale, options));
const dates = format((locale, options) => new Intl.DateTimeFormat(locale, options));

export function number(value, locale, digits = 0) {
    return known(value) ? numbers(locale, { maximumFractionDigits: digits, minimumFractionDigits: digits }).format(value) : null;
}

export function wholeNumber(value, locale) {
    return number(value, locale, 0);
}

/** 0.3451 as 34.5 %; whole percents without decimals. */
export function percent(value, locale) {
    return known(value) ? numbers(locale, { style: 'percent', maximumFractionDigits: 1 }).format(value) : null;
}

/** A calendar day, which has no time zone. */
export function day(iso, locale) {
    const parts = /^(\d{4})-(\d{2})-(\d{2})/.exec(iso ?? '');
    return parts ? dates(locale, { dateStyle: 'medium', timeZone: 'UTC' }).format(Date.UTC(+parts[1], parts[2] - 1, +parts[3])) : null;
}

/** `2026-11` as Nov 2026, or with `style: 'narrow'` as its letter. */
export function month(said, locale, style = 'short') {
    const parts = /^(\d{4})-(\d{2})$/.exec(said ?? '');
    const options = { month: style, timeZone: 'UTC', ...(style === 'narrow' ? {} : { year: 'numeric' }) };
    return parts ? dates(locale, options).format(Date.UTC(+parts[1], parts[2] - 1, 1)) : null;
}

/** A moment in the user's time zone. */
export function moment(iso, locale, zone) {
    const at = new Date(typeof iso === 'string' && /^\d{4}-\d{2}-\d{2}T/.test(iso) ? iso : NaN);
    if (Number.isNaN(at.getTime())) {
        return null;
    }
    try {
        return dates(locale, { dateStyle: 'medium', timeStyle: 'short', timeZone: zone }).format(at);
    } catch {
        return dates(locale, { dateStyle: 'medium', timeStyle: 'short' }).format(at);
    }
}

function known(value) {
    return typeof value === 'number' && Number.isFinite(value);
}
