// Why a call did not do its work, as errors to throw. What is thrown and is none of them is a defect of the channel: the
// call traps, the host counts a fault, and its message stands in the operator's log.

/** Any of the troubles below. */
export class Trouble extends Error {
  constructor(tag, val, message) {
    super(message ?? String(val));
    this.name = new.target.name;
    /** The contract's own form. */
    this.trouble = { tag, val };
  }
}

/** The platform asks to wait so many milliseconds. */
export class Busy extends Trouble {
  constructor(milliseconds) {
    const wait = Math.min(0xffffffff, Math.max(0, Math.trunc(Number(milliseconds)) || 0));
    super("busy", wait, `wait ${wait} ms`);
  }
}

/** Not reachable just now: the host tries again, later each time. */
export class Unavailable extends Trouble {
  constructor(why) {
    super("unavailable", String(why));
  }
}

/** The credential is missing or wrong: the channel rests until it changes. */
export class Unauthorized extends Trouble {
  constructor(why) {
    super("unauthorized", String(why));
  }
}

/** Somebody else uses the same credential. */
export class Conflict extends Trouble {
  constructor(why) {
    super("conflict", String(why));
  }
}

/** It can't be done as asked: the model is told so, and a hook's caller gets 400. */
export class Rejected extends Trouble {
  constructor(why) {
    super("rejected", String(why));
  }
}

/** The platform sent something that the channel can't read; a hook's caller gets 400. */
export class Malformed extends Trouble {
  constructor(why) {
    super("malformed", String(why));
  }
}

/** Reads JSON of the platform's; what is none is `Malformed`. */
export function parseJson(text) {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Malformed(`no JSON: ${error.message}`);
  }
}
