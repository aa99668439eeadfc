/**
 * Clusters that are imported, hub and member real control planes: what is wrong with a credential or an address is told with
 * what to do and passes when it is put right; the member is the same before and after; and with the files that are printed
 * for it, it asks the hub's policies.
 */
import assert from 'node:assert/strict';
import { createHmac, createSign } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { dump } from 'js-yaml';
