/** How a registry documents the reasons of conditions and events. docs/reference/conditions.md is generated from the registries. */
export interface ReasonDoc {
  /** What the reason says about the object. */
  readonly meaning: string;
  /** What a user should do about it. */
  readonly action: string;
}
