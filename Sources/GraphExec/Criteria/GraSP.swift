/// `w Hg` of an entry, H being the loss's Hessian and g its gradient; of a unit the sum (Wang et al. 2020, "GraSP").
///
/// The squared norm of the gradient changes by `-2 w Hg`, to first order, as an entry goes. The paper calls `-w Hg` the score and
/// removes the highest, which reduce the flow of gradients least or even increase it; so the lowest `w Hg` goes first here, signs
/// counting. The paper's mask is made before training, of all weights ranked together.
public struct GraSP: Criterion {
  /// `grasp`.
  public static let name = "grasp"
  /// The formula.
  public static let help =
    "w Hg with its sign, H the loss's Hessian and g its gradient on a batch; the sum over a unit (Wang et al. 2020)"
  /// Its own.
  public static let kernelFile = "grasp"
  /// Gradients on images.
  public static let needs: Set<CriterionInput> = [.weights, .gradients, .data]
  /// How far the two points are from the weights between which Hg is measured, by the norm of all weights.
  private static let step = 1e-3

  /// Creates the criterion.
  public init() {}

  /// Hg by a central difference: of the gradients at `w + e g / |g|` and `w - e g / |g|`, times `|g| / 2e`.
  ///
  /// What is pruned stays 0 and counts in no norm. The error is of the order of e squared where no ReLU changes its side between
  /// the two points, and the rounding of gradients in `Float`, by e, is below a thousandth of the largest Hg.
  public func enqueueGradients(of model: any Model, on set: any ResidentSet, images: [Int32]) throws {
    try model.enqueueGradients(on: set, images: images)
    let (weights, state) = (model.specification.network.weights, try model.state())
    let slopes = try zip(weights, model.gradients()).map { weight, gradient in
      zip(gradient.values, state[weight].mask).map { $1 == 0 ? 0 : Double($0) }
    }
    let length = Self.norm(slopes)
    let step = Self.step * Self.norm(weights.map { state[$0].value.values.map(Double.init) })
    guard length > 0, step > 0 else { return }
    func gradients(_ distance: Double) throws -> [Matrix] {
      var values = state.parameters.map(\.value)
      for (weight, slope) in zip(weights, slopes) {
        for (index, g) in slope.enumerated() {
          let value = Double(values[weight.index].values[index])
          values[weight.index].values[index] = Float(value + distance * g / length)
        }
      }
      try model.load(values: values)
      try model.enqueueGradients(on: set, images: images)
      return try model.gradients()
    }
    let (above, below) = (try gradients(step), try gradients(-step))
    try model.load(values: state.parameters.map(\.value))
    try model.load(
      gradients: zip(above, below).map { above, below in
        Matrix(
          rows: above.rows, columns: above.columns,
          values: zip(above.values, below.values).map {
            Float((Double($0) - Double($1)) * length / (2 * step))
          })
      })
  }

  private static func norm(_ values: [[Double]]) -> Double {
    values.joined().reduce(0) { $0 + $1 * $1 }.squareRoot()
  }

  /// The sum.
  public func sum(_ sum: Float, adding entry: Float) -> Float { sum + entry }

  /// Ordered as the numbers are, -0 with 0; the last bit is lost.
  public func rank(_ score: Float, bits: @autoclosure () -> UInt32) -> UInt32 {
    let bits = (score + 0).bitPattern
    return (bits ^ (bits >> 31 == 0 ? 0x8000_0000 : 0xFFFF_FFFF)) >> 1
  }
}
