import GraphExec
import Reference

/// One Adam step in `Double`, with bounds that follow the gradient's error through the formula.
struct AdamReference {
  var stepSize: Float
  var inverseRootCorrection: Float
  var beta1: Float = 0.9
  var beta2: Float = 0.999
  var epsilon: Float = 1e-8

  /// What kernels are given of the rule, the bias corrections aside.
  var optimizer: AdamOptimizer {
    AdamOptimizer(beta1: beta1, beta2: beta2, epsilon: epsilon)
  }

  /// The state in which kernels find the bias corrections.
  var state: StepState {
    var state = StepState()
    state.stepSize = stepSize
    state.inverseRootCorrection = inverseRootCorrection
    return state
  }

  /// Weights, first moments and second moments after the step.
  struct Update {
    var weights: Expectation
    var firstMoments: Expectation
    var secondMoments: Expectation

    /// The update of a masked matrix: zero where the mask is.
    func masked(_ mask: [UInt8]) -> Update {
      Update(
        weights: weights.zeroed { mask[$0] == 0 }, firstMoments: firstMoments.zeroed { mask[$0] == 0 },
        secondMoments: secondMoments.zeroed { mask[$0] == 0 })
    }
  }

  /// The step's result for weights `w` and moments `m`, `v`; first-order rounding of each operation, square root and
  /// division as inexact as OpenCL allows (3 and 2.5 ulp).
  func update(_ gradient: Expectation, w: Matrix, m: Matrix, v: Matrix) -> Update {
    let unit = Expectation.unit
    let tiny = Double(Float.leastNormalMagnitude)
    let (b1, b2) = (Double(beta1), Double(beta2))
    let (rest1, rest2) = (Double(1 - beta1), Double(1 - beta2))
    let (size, correction) = (Double(stepSize), Double(inverseRootCorrection))
    var update = Update(weights: gradient, firstMoments: gradient, secondMoments: gradient)
    for i in gradient.values.indices {
      let (g, gError) = (gradient.values[i], gradient.bounds[i])
      let first = b1 * Double(m.values[i]) + rest1 * g
      let firstError = rest1 * gError + unit * (2 * (rest1 * g).magnitude + 2 * first.magnitude) + tiny
      let second = b2 * Double(v.values[i]) + rest2 * g * g
      let squareError = 2 * g.magnitude * gError + gError * gError
      let secondError = rest2 * squareError + unit * (4 * rest2 * g * g + 2 * second) + tiny
      let root = second.squareRoot()
      // |sqrt(a) - sqrt(b)| = |a - b| / (sqrt(a) + sqrt(b))
      let rootError = secondError / (root + max(second - secondError, 0).squareRoot()) + 7 * unit * root
      let divisor = root * correction + Double(epsilon)
      let divisorError = correction * rootError + 2 * unit * divisor
      let quotient = first / divisor
      let quotientError =
        (firstError + quotient.magnitude * divisorError) / max(divisor - divisorError, tiny)
        + 6 * unit * quotient.magnitude
      let weight = Double(w.values[i]) - size * quotient
      update.firstMoments.values[i] = first
      update.firstMoments.bounds[i] = firstError
      update.secondMoments.values[i] = second
      update.secondMoments.bounds[i] = secondError
      update.weights.values[i] = weight
      update.weights.bounds[i] = size * quotientError + 2 * unit * weight.magnitude + tiny
    }
    return update
  }
}
