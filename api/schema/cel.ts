/** Validation rules in CEL, with their messages. The API server checks them at admission. */
export interface CelRule {
  readonly rule: string;
  /** Used if there is no messageExpression, or if it fails. */
  readonly message: string;
  /** A CEL expression for a message that quotes the refused value. */
  readonly messageExpression?: string;
}

/** Metadata that carries CEL rules into a generated schema. */
export function cel(...rules: CelRule[]): { 'x-kubernetes-validations': CelRule[] } {
  return { 'x-kubernetes-validations': rules };
}

/** The value can't change once it is set. */
export function immutable(what: string): CelRule {
  return { rule: 'self == oldSelf', message: `${what} can't be changed: delete the object and create another` };
}

/** For a spec with an optional projectID. Removing it later would turn permissions in one project into permissions everywhere. */
export const projectStays: CelRule = {
  rule: "(has(self.projectID) ? self.projectID : '') == (has(oldSelf.projectID) ? oldSelf.projectID : '')",
  message: "projectID can't be changed: delete the object and create another",
};

/** Refuses what would break a Casbin line, or make one subject look like another. */
export function lineSafe(what: string): CelRule[] {
  return [
    { rule: "!self.contains('##')", message: `${what} must not contain '##', which separates the parts of a subject` },
    { rule: "!self.contains(',')", message: `${what} must not contain a comma, which separates the columns of a line` },
    { rule: "!self.contains('\\n') && !self.contains('\\r')", message: `${what} must not contain a line break` },
  ];
}
