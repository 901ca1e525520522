/// A product of a layer, as far as its tiles depend on it.
public struct ProductShape: Sendable, Hashable, Codable {
  /// The file of its kernels.
  public let kernels: String
  /// Which of the three.
  public let pass: MatmulPass
  /// Rows of the layer's weight.
  public let inputs: Int
  /// Columns of the layer's weight.
  public let outputs: Int
  /// Floats from one row of activations to the next: a batch, and what pads it.
  public let columns: Int

  /// Creates a shape.
  public init(kernels: String, pass: MatmulPass, inputs: Int, outputs: Int, columns: Int) {
    self.kernels = kernels
    self.pass = pass
    self.inputs = inputs
    self.outputs = outputs
    self.columns = columns
  }

  /// The sizes, for people (`1000x784x256`).
  package var sizes: String { "\(inputs)x\(outputs)x\(columns)" }
}
