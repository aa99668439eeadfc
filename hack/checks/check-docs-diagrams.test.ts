import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brokenDiagrams } from './check-docs-diagrams.ts';

const fenced = (diagram: string): string => `# Page\n\n\`\`\`mermaid\n${diagram}\n\`\`\`\n`;

test('diagrams that parse are right, others are reported with their file', async () => {
  const problems = await brokenDiagrams(
    new Map([
      ['flow.md', fenced('flowchart TD\n  a[One] --> b["Two<br>lines"]')],
      ['sequence.md', fenced('sequenceDiagram\n  a->>b: asks')],
      ['none.md', '# No diagram'],
      ['open.md', fenced('flowchart TD\n  a[One --> b')],
      ['unknown.md', fenced('flowshart TD\n  a --> b')],
    ]),
  );
  assert.deepEqual(
    problems.map((problem) => problem.split(':')[0]),
    ['open.md', 'unknown.md'],
  );
});
