/** YAML, or JSON, that somebody else wrote. Pure. */
import { JSON_SCHEMA, load } from 'js-yaml';

/** What the text says; undefined when it is no YAML. A parser's own message would show what stands around a mistake, perhaps a secret. */
export function yamlOf(text: string): unknown {
  try {
    return load(text, { schema: JSON_SCHEMA });
  } catch {
    return undefined;
  }
}
