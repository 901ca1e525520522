/// The sum of the outputs in the place of a loss; what it writes is the gradient of that, times a scale, which is the scale at each.
public struct OutputSum: Operation {
  /// `output_sum`.
  public static let name = "output_sum"
  /// A factor of the sum.
  public let scale: Float
}
