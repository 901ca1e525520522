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
  /// What the outputs are divided by, as in the authors' program: without it their masks do not train.
  private static let temperature = 200.0

  /// Creates the criterion.
  public init() {}

  /// Hg by a central difference: of the gradients at `w + e g / |g|` and `w - e g / |g|`, times `|g| / 2e`.
  ///
  /// What is pruned stays 0 and counts in no norm. The gradient's jumps where a ReLU changes its side between the two points
  /// belong to the difference; automatic differentiation leaves them out. At LeNet-300-100's start on MNIST they are most of
  /// it: of the 5% of the weights that would be kept, 36% are the same on 100 images and 46% on 1000. Trained for 400 steps,
  /// networks of either mask had 92 to 93.5% (seeds 0 to 2).
  public func enqueueGradients(of model: any Model, on set: any ResidentSet, images: [Int32]) throws {
    let (network, state) = (model.specification.network, try model.state())
    let (weights, start) = (network.weights, state.parameters.map(\.value))
    let outputs = Set(network.parameters(of: network.outputLayer))
    // Dividing the outputs is dividing what computes them.
    func factor(_ parameter: ParameterID) -> Double {
      outputs.contains(parameter) ? 1 / Self.temperature : 1
    }
    func gradients(at values: [Matrix]) throws -> [[Double]] {
      var scaled = values
      for parameter in outputs {
        scaled[parameter.index].values = values[parameter.index].values.map {
          Float(Double($0) * factor(parameter))
        }
      }
      try model.load(values: scaled)
      try model.enqueueGradients(on: set, images: images)
      return try zip(weights, model.gradients()).map { weight, gradient in
        gradient.values.map { Double($0) * factor(weight) }
      }
    }
    let slopes = try zip(weights, gradients(at: start)).map { weight, gradient in
      zip(gradient, state[weight].mask).map { $1 == 0 ? 0 : $0 }
    }
    let length = Self.norm(slopes)
    let step = Self.step * Self.norm(weights.map { start[$0.index].values.map(Double.init) })
    func gradients(_ distance: Double) throws -> [[Double]] {
      guard length > 0 else { return slopes }
      var values = start
      for (weight, slope) in zip(weights, slopes) {
        for (index, g) in slope.enumerated() {
          let value = Double(values[weight.index].values[index])
          values[weight.index].values[index] = Float(value + distance * g / length)
        }
      }
      return try gradients(at: values)
    }
    let (above, below) = (try gradients(step), try gradients(-step))
    try model.load(values: start)
    try model.load(
      gradients: weights.indices.map { place in
        let shape = network[weights[place]]
        let products = zip(above[place], below[place]).map { above, below in
          step > 0 ? Float((above - below) * length / (2 * step)) : 0
        }
        return Matrix(rows: shape.rows, columns: shape.columns, values: products)
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
