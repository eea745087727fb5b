/** A wire adapter that answers each configuration at once. */
export function adapter(answer) {
    return class {
        constructor(callback) {
            this.callback = callback;
        }
        connect() {}
        disconnect() {}
        update(config) {
            this.callback(answer(config));
        }
    };
}
