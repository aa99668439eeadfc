/** Writes docs/reference/ from what the code declares. `--check` writes nothing and fails when a file is stale. */
import { KINDS } from '../api/kinds.ts';
import { type GeneratedFile, writeGenerated } from './generated.ts';
import { kindsPage } from './reference/kinds-page.ts';

function kindsPages(): GeneratedFile[] {
  const groups = Map.groupBy(KINDS, ({ group, version }) => `${group}/${version}`);
  return [...groups].map(([apiVersion, kinds]) => ({
    path: `docs/reference/${apiVersion.split('/')[0]}.md`,
    text: kindsPage(apiVersion, kinds),
  }));
}

await writeGenerated('hack/generate-reference.ts', kindsPages());
