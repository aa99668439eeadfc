/** Finds the secrets in the files of a stack, and leaks of them in other texts. Pure. */

const PRIVATE_KEY = /-----BEGIN [A-Z ]*PRIVATE KEY-----([\s\S]*?)(-----END|$)/g;
const FIELDS = /^\s*(?:token|client-key-data|password):\s*['"]?([^\s'"]+)/gm;
/** A part of a secret of this length counts as a leak. Shorter parts would match by chance. */
const PART = 20;

/** Whether a file with this text must be readable only by its owner. */
export function holdsSecret(text: string): boolean {
  return /-----BEGIN [A-Z ]*PRIVATE KEY/.test(text) || /^\s*(token|client-key-data|password):/m.test(text);
}

/**
 * Returns the secrets in a text: tokens and keys in kubeconfigs, and the body of each private key, also inside base64.
 */
export function secretsIn(text: string): string[] {
  const values = [...text.matchAll(FIELDS)].map(([, value = '']) => value);
  const inside = values.map((value) => Buffer.from(value, 'base64').toString('latin1'));
  const keys = [text, ...inside].flatMap((each) =>
    [...each.matchAll(PRIVATE_KEY)].map(([, body = '']) => body.replaceAll(/\s/g, '')),
  );
  return [...values, ...keys].filter((secret) => secret.length >= PART);
}

/** Patterns of secrets, known or not. */
const LOOKS = [/-----BEGIN [A-Z ]*/, /\beyJ[\w-]{20,}\.[\w-]{10,}/, /Bearer [\w.-]{8,}/i, /LS0tLS1CRUdJTi/];

/** Returns each secret, or part of one, that the text contains, shortened. It also finds secrets across line breaks. */
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
