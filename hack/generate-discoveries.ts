/** `make discoveries`: writes upgrades/discoveries/RELEASE.json for each release that can be started here, from what its real kube-apiserver serves. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { readDiscovery, storedText } from '../authorization/upgrade-review/discovery.ts';
import { RELEASES } from '../clusters/controlplane/release.ts';
import { startApiserver } from '../test/support/apiserver.ts';

for (const release of RELEASES) {
  const apiserver = await startApiserver(release);
  try {
    const discovery = await readDiscovery((target) => apiserver.get(target));
    const file = path.join(
      import.meta.dirname,
      '../authorization/upgrade-review/discoveries',
      `${release.kubernetes}.json`,
    );
    await writeFile(file, storedText(release.kubernetes, discovery));
  } finally {
    await apiserver.stop();
  }
}
