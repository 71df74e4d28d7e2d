// UTF-8 and base64 without the web's own classes: QuickJS has neither TextEncoder nor atob.

/** The UTF-8 bytes of a text; half a surrogate pair becomes U+FFFD. */
export function encode(text) {
  const bytes = [];
  for (const char of String(text)) {
    let code = char.codePointAt(0);
    if (code >= 0xd800 && code <= 0xdfff) code = 0xfffd;
    if (code < 0x80) bytes.push(code);
    else if (code < 0x800) bytes.push(0xc0 | (code >> 6), tail(code));
    else if (code < 0x10000) bytes.push(0xe0 | (code >> 12), tail(code >> 6), tail(code));
    else bytes.push(0xf0 | (code >> 18), tail(code >> 12), tail(code >> 6), tail(code));
  }
  return Uint8Array.from(bytes);
}

const tail = (code) => 0x80 | (code & 0x3f);

/** The text of UTF-8 bytes; what is none becomes U+FFFD. */
export function decode(bytes) {
  if (typeof TextDecoder === "function") return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  return decodeByHand(bytes);
}

/** The same without the engine's help. */
export function decodeByHand(bytes) {
  const units = [];
  let text = "";
  for (let at = 0; at < bytes.length; ) {
    const [code, length] = read(bytes, at);
    at += length;
    if (code > 0xffff) units.push(0xd800 + ((code - 0x10000) >> 10), 0xdc00 + ((code - 0x10000) & 0x3ff));
    else units.push(code);
    if (units.length > 4096) text += String.fromCharCode(...units.splice(0));
  }
  return text + String.fromCharCode(...units);
}

/** The code point at a place, and how many bytes it takes; as the web's decoder counts what is wrong. */
function read(bytes, at) {
  const first = bytes[at];
  if (first < 0x80) return [first, 1];
  const more = first >= 0xc2 && first < 0xe0 ? 1 : first >= 0xe0 && first < 0xf0 ? 2 : first >= 0xf0 && first < 0xf5 ? 3 : 0;
  let code = first & (0x3f >> more);
  for (let step = 1; step <= more; step += 1) {
    const next = bytes[at + step];
    const [low, high] = step === 1 ? second(first) : [0x80, 0xbf];
    if (next === undefined || next < low || next > high) return [0xfffd, step];
    code = (code << 6) | (next & 0x3f);
  }
  return more === 0 ? [0xfffd, 1] : [code, more + 1];
}

/** The bounds of the second byte: no longer form than needed, no surrogates, nothing over U+10FFFF. */
function second(first) {
  if (first === 0xe0) return [0xa0, 0xbf];
  if (first === 0xed) return [0x80, 0x9f];
  if (first === 0xf0) return [0x90, 0xbf];
  if (first === 0xf4) return [0x80, 0x8f];
  return [0x80, 0xbf];
}

/** Bytes as they are, a text as UTF-8. */
export function bytesOf(value) {
  if (value instanceof Uint8Array) return value;
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  if (typeof value === "string") return encode(value);
  throw new TypeError("bytes are a Uint8Array, an ArrayBuffer or a text");
}

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** The base64 of bytes or of a text's UTF-8, with padding. */
export function base64(value) {
  const bytes = bytesOf(value);
  let text = "";
  for (let at = 0; at < bytes.length; at += 3) {
    const [a, b = 0, c = 0] = bytes.subarray(at, at + 3);
    const four = [a >> 2, ((a & 3) << 4) | (b >> 4), ((b & 15) << 2) | (c >> 6), c & 63];
    const kept = bytes.length - at;
    text += four.map((six, place) => (place <= kept ? LETTERS[six] : "=")).join("");
  }
  return text;
}

/** Lower-case hexadecimal. */
export function hex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Text with `%20` and the like read; what is no hexadecimal pair stays. */
export function percentDecode(text) {
  const bytes = encode(text);
  const read = [];
  for (let at = 0; at < bytes.length; at += 1) {
    const pair = bytes[at] === 0x25 ? decode(bytes.subarray(at + 1, at + 3)) : "";
    if (/^[0-9a-f]{2}$/i.test(pair)) {
      read.push(parseInt(pair, 16));
      at += 2;
    } else read.push(bytes[at]);
  }
  return decode(Uint8Array.from(read));
}
