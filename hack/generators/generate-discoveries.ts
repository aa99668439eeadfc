/** `make discoveries`: writes authorization/upgrade-review/discoveries/RELEASE.json from what the real kube-apiserver of each release serves. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { readDiscovery, storedText } from '../../authorization/upgrade-review/discovery.ts';
import { RELEASES } from '../../clusters/controlplane/release.ts';
import { startReleaseApiserver } from '../../test/support/release-apiserver.ts';

for (const release of RELEASES) {
  const apiserver = await startReleaseApiserver(release);
  try {
    const discovery = await readDiscovery((target) => apiserver.get(target));
    const file = path.join(
      import.meta.dirname,
      '../../authorization/upgrade-review/discoveries',
      `${release.kubernetes}.json`,
    );
    await writeFile(file, storedText(release.kubernetes, discovery));
  } finally {
    await apiserver.stop();
  }
}
