/** Validation rules in CEL, with messages that a person understands. The API server checks them at admission. */
export interface CelRule {
  readonly rule: string;
  /** Told where there is no messageExpression, or where that comes to nothing. */
  readonly message: string;
  /** A text in CEL, for a message that names what was asked for. */
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

/** For a spec with an optional projectID: leaving it out later would make everywhere of one project. */
export const projectStays: CelRule = {
  rule: "(has(self.projectID) ? self.projectID : '') == (has(oldSelf.projectID) ? oldSelf.projectID : '')",
  message: "projectID can't be changed: delete the object and create another",
};

/** What would break a Casbin line, or make one subject read as another. */
export function lineSafe(what: string): CelRule[] {
  return [
    { rule: "!self.contains('##')", message: `${what} must not hold '##', which separates the parts of a subject` },
    { rule: "!self.contains(',')", message: `${what} must not hold a comma, which separates the columns of a line` },
    { rule: "!self.contains('\\n') && !self.contains('\\r')", message: `${what} must not hold a line break` },
  ];
}
