/** What counts as a secret in the files of a stack, and how it is found again where it does not belong. Pure. */

const PRIVATE_KEY = /-----BEGIN [A-Z ]*PRIVATE KEY-----([\s\S]*?)(-----END|$)/g;
const FIELDS = /^\s*(?:token|client-key-data|password):\s*['"]?([^\s'"]+)/gm;
/** Part of a secret is one too. Shorter ones would be found by chance. */
const PART = 20;

/** Whether a file with this text has to be closed to others. */
export function holdsSecret(text: string): boolean {
  return /-----BEGIN [A-Z ]*PRIVATE KEY/.test(text) || /^\s*(token|client-key-data|password):/m.test(text);
}

/** The secrets of a text: values of tokens and keys in kubeconfigs, the body of each private key, as it is and in base64. */
export function secretsIn(text: string): string[] {
  const values = [...text.matchAll(FIELDS)].map(([, value = '']) => value);
  const inside = values.map((value) => Buffer.from(value, 'base64').toString('latin1'));
  const keys = [text, ...inside].flatMap((each) =>
    [...each.matchAll(PRIVATE_KEY)].map(([, body = '']) => body.replaceAll(/\s/g, '')),
  );
  return [...values, ...keys].filter((secret) => secret.length >= PART);
}

/** What looks like a secret, whosever it is. */
const LOOKS = [/-----BEGIN [A-Z ]*/, /\beyJ[\w-]{20,}\.[\w-]{10,}/, /Bearer [\w.-]{8,}/i, /LS0tLS1CRUdJTi/];

/** Each secret, or part of one, that the text holds, shortened. Line breaks, also escaped ones, hide nothing. */
export function leaksIn(text: string, secrets: Iterable<string>): string[] {
  const plain = text.replaceAll(/\\n|\s/g, '');
  const found = [...secrets].flatMap(partsOf).filter((part) => plain.includes(part));
  const looks = LOOKS.flatMap((pattern) => pattern.exec(text)?.[0] ?? []);
  return [...new Set([...found, ...looks])].map((leak) => `${leak.slice(0, 12)}…`);
}

function partsOf(secret: string): string[] {
  const parts = Array.from({ length: Math.floor(secret.length / PART) }, (_, i) =>
    secret.slice(i * PART, (i + 1) * PART),
  );
  return parts.length === 0 ? [secret] : parts;
}
