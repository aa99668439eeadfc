/**
 * Derives a decision from its explanation alone, without the rules and without code of the engine, as anyone who doubts
 * a decision could. It matches patterns with a table of prefixes and follows chains by their names.
 */
interface Chain {
  readonly subject: string;
  readonly links: readonly {
    readonly member: string;
    readonly of: string;
    readonly domain: string;
    readonly notAfter?: string;
  }[];
  readonly line: { readonly policy: string; readonly object: string; readonly action: string; readonly effect: string };
}

export interface Explained {
  readonly verdict: string;
  readonly chains?: readonly Chain[];
  readonly beaten?: readonly Chain[];
}

export interface AskedOf {
  readonly subjects: readonly string[];
  readonly domain: string;
  readonly object: string;
  readonly action: string;
}

/** Returns the decision that the chains prove. Throws for a chain that is not valid for this request. */
export function verdictOf(explained: Explained, asked: AskedOf, nowMs: number): 'allow' | 'deny' | 'none' {
  const chains = [...(explained.chains ?? []), ...(explained.beaten ?? [])];
  const effects = new Set(chains.map((chain) => effectOf(chain, asked, nowMs)));
  return effects.has('deny') ? 'deny' : effects.has('allow') ? 'allow' : 'none';
}

function effectOf({ subject, links, line }: Chain, asked: AskedOf, nowMs: number): string {
  if (!asked.subjects.includes(subject)) throw new Error(`${subject} is not a subject of the request`);
  let at = subject;
  for (const link of links) {
    if (link.member !== at) throw new Error(`the chain is at ${at}, but the next link starts at ${link.member}`);
    checkLink(link, asked, nowMs);
    at = link.of;
  }
  if (line.policy !== at) throw new Error(`the chain ends at ${at}, but the line belongs to ${line.policy}`);
  if (!covers(line.object, asked.object)) throw new Error(`${line.object} does not match ${asked.object}`);
  if (!covers(line.action, asked.action)) throw new Error(`${line.action} does not match ${asked.action}`);
  return line.effect;
}

function checkLink({ member, of, domain, notAfter }: Chain['links'][number], asked: AskedOf, nowMs: number): void {
  const holds = domain === '*' || (domain === asked.domain && domain.length > 0);
  if (!holds) throw new Error(`the link ${member} → ${of} does not apply in ${asked.domain}, only in ${domain}`);
  if (notAfter !== undefined && !(nowMs < new Date(notAfter).getTime()))
    throw new Error(`the link ${member} → ${of} has ended`);
}

/** `reachable[i]`: the part of the pattern read so far matches the first i characters. */
function covers(pattern: string, text: string): boolean {
  const [wanted, given] = [Array.from(pattern, fold), Array.from(text, fold)];
  let reachable = [true, ...given.map(() => false)];
  for (const character of wanted) {
    if (character === '*') {
      const first = reachable.indexOf(true);
      reachable = reachable.map((_, i) => first !== -1 && i >= first);
    } else {
      reachable = reachable.map((_, i) => i > 0 && reachable[i - 1] === true && given[i - 1] === character);
    }
  }
  return reachable.at(-1) === true;
}

function fold(character: string): string {
  const lower = character.toLowerCase();
  return Array.from(lower).length === 1 && lower.length === character.length ? lower : character;
}
