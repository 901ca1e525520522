import GraphExec

/// A network that is measured, and how it is trained.
package struct BenchSubject: Sendable {
  package let network: Network
  /// Images of a step.
  package let batch: Int
  package let optimizer: any Optimizer

  /// The challenge's network.
  package static let challenge = BenchSubject(
    network: Network(layers: [784, 1000, 1000, 500, 200, 10]), batch: 256, optimizer: Adam())

  /// A network with a name, of ten classes of the images that it was designed for: by Adam at batch 256, and in colour as its
  /// papers have it, by SGD with momentum at batch 128.
  ///
  /// - Throws: `NetworkError`.
  package init(_ preset: NetworkPreset) throws(NetworkError) {
    let images = preset.designedFor
    network = try preset.network(input: images, classes: 10)
    (batch, optimizer) = images.channels == 1 ? (256, Adam()) : (128, SGD(momentum: 0.9))
  }

  private init(network: Network, batch: Int, optimizer: any Optimizer) {
    (self.network, self.batch, self.optimizer) = (network, batch, optimizer)
  }
}
