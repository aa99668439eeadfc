/** Parses YAML or JSON from users. Pure. */
import { JSON_SCHEMA, load } from 'js-yaml';

/** The value, or undefined if the text is not YAML. The parser's message is dropped: it quotes the text around an error, perhaps a secret. */
export function parseYaml(text: string): unknown {
  try {
    return load(text, { schema: JSON_SCHEMA });
  } catch {
    return undefined;
  }
}
