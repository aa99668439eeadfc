/**
 * What is wrong with ranges of addresses, as far as one object can tell: refused at admission, with the numbers. What comes of
 * a cluster and its plan together the cluster controller checks, with the same limits.
 */
import type { CelRule } from '../schema/cel.ts';

const [PODS, SERVICES] = ['cidr(self.clusterCIDR)', 'cidr(self.serviceCIDR)'];
/** A node takes a /24 of the range of pods, or a /64 of IPv6: the default of the controller manager. */
const NODE_MASK = `(${PODS}.ip().family() == 4 ? 24 : 64)`;
const SERVICE_BITS = `((${SERVICES}.ip().family() == 4 ? 32 : 128) - ${SERVICES}.prefixLength())`;

/** For a spec with clusterCIDR and serviceCIDR. Where `unless` holds they are nobody's affair. */
export function networkRules(unless?: string): CelRule[] {
  const rules = [APART, PODS_FIT, SERVICES_AT_MOST, SERVICES_AT_LEAST];
  return unless === undefined ? rules : rules.map((each) => ({ ...each, rule: `${unless} || ${each.rule}` }));
}

/** What is no range the field itself refuses. */
function absent(field: string): string {
  return `!has(self.${field}) || self.${field} == '' || !isCIDR(self.${field})`;
}

// A number that is made a text has no bound that the API server could reckon with, nor has a choice of two texts.
const APART: CelRule = {
  rule: `${absent('clusterCIDR')} || ${absent('serviceCIDR')} || !(${PODS}.containsIP(${SERVICES}.ip()) || ${SERVICES}.containsIP(${PODS}.ip()))`,
  message: 'clusterCIDR and serviceCIDR must not share addresses',
  messageExpression:
    "'clusterCIDR ' + self.clusterCIDR + ' and serviceCIDR ' + self.serviceCIDR + ' share addresses: choose ranges apart'",
};

const PODS_FIT: CelRule = {
  rule: `${absent('clusterCIDR')} || ${PODS}.prefixLength() <= ${NODE_MASK}`,
  message: 'clusterCIDR has no room for a node',
  messageExpression:
    "'clusterCIDR ' + self.clusterCIDR + ' has no room for a node, which takes a /24 (of IPv6 a /64): choose that or a bigger range'",
};

const SERVICES_AT_MOST: CelRule = {
  rule: `${absent('serviceCIDR')} || ${SERVICE_BITS} <= 20`,
  message: 'serviceCIDR holds more than 2^20 addresses',
  messageExpression:
    "'serviceCIDR ' + self.serviceCIDR + ' holds more than 2^20 addresses, the most that a kube-apiserver takes: choose a /12 (of IPv6 a /108) or a smaller range'",
};

const SERVICES_AT_LEAST: CelRule = {
  rule: `${absent('serviceCIDR')} || ${SERVICE_BITS} >= 3`,
  message: 'serviceCIDR holds less than 8 addresses',
  messageExpression:
    "'serviceCIDR ' + self.serviceCIDR + ' holds less than 8 addresses: choose a /29 (of IPv6 a /125) or a bigger range'",
};
