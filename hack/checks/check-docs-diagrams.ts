/** Parses the Mermaid diagrams of Markdown pages with the parser that GitHub renders them with. */
import { Window } from 'happy-dom';

const DIAGRAM = /^```mermaid\n(.*?)^```$/gms;

/** Returns a line for each diagram that does not parse; `pages` is Markdown by its path. */
export async function brokenDiagrams(pages: ReadonlyMap<string, string>): Promise<readonly string[]> {
  const diagrams = [...pages].flatMap(([file, text]) =>
    [...text.matchAll(DIAGRAM)].map(([, diagram = '']) => ({ file, diagram })),
  );
  if (diagrams.length === 0) return [];
  const parse = await loadParser();
  const problems: string[] = [];
  for (const { file, diagram } of diagrams) {
    try {
      await parse(diagram);
    } catch (error) {
      problems.push(`${file}: a Mermaid diagram does not parse: ${error instanceof Error ? error.message : 'unknown'}`);
    }
  }
  return problems;
}

/** Mermaid sanitizes labels while it parses, and looks for a DOM to do that when it is loaded. */
async function loadParser(): Promise<(diagram: string) => Promise<unknown>> {
  const window = new Window();
  Object.assign(globalThis, { window, document: window.document });
  const { default: mermaid } = await import('mermaid');
  return (diagram) => mermaid.parse(diagram);
}
