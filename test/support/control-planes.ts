/** Control planes without processes of the product: with our CRDs, and kubectl in them. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { type ControlPlane, startControlPlane } from '../../hack/controlplane/controlplane.ts';

const CRDS = path.join(import.meta.dirname, '../../crds');

/** Starts a control plane below `directory` and waits until it serves our CRDs. Nothing stays running when that fails. */
export async function startControlPlaneWithCRDs(directory: string): Promise<ControlPlane> {
  const plane = await startControlPlane({ directory: path.join(directory, 'controlplane') });
  try {
    await kubectlIn(plane, ['apply', '--server-side', '-k', CRDS]);
    await kubectlIn(plane, ['wait', '--for=condition=Established', '--timeout=30s', 'crd', '--all']);
    return plane;
  } catch (error) {
    await plane.stop();
    throw error;
  }
}

/** Runs kubectl as the administrator of a control plane and returns its output. Fails unless it succeeds. */
export async function kubectlIn(plane: ControlPlane, args: readonly string[]): Promise<string> {
  const { stdout, stderr, code } = await plane.kubectl(args);
  assert.equal(code, 0, `kubectl ${args.join(' ')}: ${stderr}`);
  return stdout;
}
