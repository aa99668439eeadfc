/**
 * CEL rules that refuse unusable address ranges at admission. They see one object only. The cluster controller checks the
 * combination of a cluster and its plan against the same limits (controllers/cluster/preflight.ts).
 */
import type { CelRule } from '../schema/cel.ts';

const [PODS, SERVICES] = ['cidr(self.clusterCIDR)', 'cidr(self.serviceCIDR)'];
/** Each node gets a /24 of the pods' range, or a /64 with IPv6: the default of the kube-controller-manager. */
const NODE_MASK = `(${PODS}.ip().family() == 4 ? 24 : 64)`;
const SERVICE_BITS = `((${SERVICES}.ip().family() == 4 ? 32 : 128) - ${SERVICES}.prefixLength())`;

/** The rules for a spec with clusterCIDR and serviceCIDR. They do not apply where the CEL expression `unless` is true. */
export function networkRules(unless?: string): CelRule[] {
  const rules = [APART, PODS_FIT, SERVICES_AT_MOST, SERVICES_AT_LEAST];
  return unless === undefined ? rules : rules.map((each) => ({ ...each, rule: `${unless} || ${each.rule}` }));
}

/** A value that is not a CIDR is refused by its own field. */
function absent(field: string): string {
  return `!has(self.${field}) || self.${field} == '' || !isCIDR(self.${field})`;
}

// The messages contain no numbers and no conditionals, because the API server cannot bound the cost of either.
const APART: CelRule = {
  rule: `${absent('clusterCIDR')} || ${absent('serviceCIDR')} || !(${PODS}.containsIP(${SERVICES}.ip()) || ${SERVICES}.containsIP(${PODS}.ip()))`,
  message: 'clusterCIDR and serviceCIDR must not share addresses',
  messageExpression:
    "'clusterCIDR ' + self.clusterCIDR + ' and serviceCIDR ' + self.serviceCIDR + ' share addresses: choose ranges that do not overlap'",
};

const PODS_FIT: CelRule = {
  rule: `${absent('clusterCIDR')} || ${PODS}.prefixLength() <= ${NODE_MASK}`,
  message: 'clusterCIDR is too small for one node',
  messageExpression:
    "'clusterCIDR ' + self.clusterCIDR + ' is too small for one node, which needs a /24 (IPv6: a /64): choose a range of at least that size'",
};

const SERVICES_AT_MOST: CelRule = {
  rule: `${absent('serviceCIDR')} || ${SERVICE_BITS} <= 20`,
  message: 'serviceCIDR has more than 2^20 addresses',
  messageExpression:
    "'serviceCIDR ' + self.serviceCIDR + ' has more than 2^20 addresses, the maximum of a kube-apiserver: choose a /12 (IPv6: a /108) or a smaller range'",
};

const SERVICES_AT_LEAST: CelRule = {
  rule: `${absent('serviceCIDR')} || ${SERVICE_BITS} >= 3`,
  message: 'serviceCIDR has fewer than 8 addresses',
  messageExpression:
    "'serviceCIDR ' + self.serviceCIDR + ' has fewer than 8 addresses: choose a /29 (IPv6: a /125) or a larger range'",
};
