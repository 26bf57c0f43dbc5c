/** Thrown through the interpreter, past operators that would take it for one more error of an operand. */
export class EvaluationStopped extends Error {}

/** How much all evaluations for one request may do, in units of about a step of a loop or sixteen characters of text. */
const maxUnits = 500_000

/** What is left to the evaluations for one request. */
export class EvaluationBudget {
  #left = maxUnits

  /** SECURITY: the bodies that expressions loop over are an agent’s. @throws EvaluationStopped */
  charge(units: number): void {
    this.#left -= units
    if (this.#left < 0) throw new EvaluationStopped('it takes too long to evaluate')
  }
}
