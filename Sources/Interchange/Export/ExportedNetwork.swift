import GraphExec
import ModelFiles

/// A network as ONNX and PyTorch run it: with its dropout gone, and with what has to be flattened between its layers.
///
/// Both tell an image `[batch, channels, height, width]` from features `[batch, features]`, which to Whittle are the same
/// where an image has one pixel.
struct ExportedNetwork {
  /// The rank of a tensor, the batch included.
  enum Rank {
    case image
    case flat
  }

  /// A layer, and what is done to what it reads.
  struct Step {
    /// Its place in the network.
    let layer: Int
    /// The layers that it reads, behind dropouts; nil for the images.
    let sources: [Int?]
    /// How it takes what it reads.
    let takes: Rank
    /// What it puts out.
    let gives: Rank
  }

  let network: Network
  /// The layers that compute.
  let steps: [Step]
  /// The rank of the images.
  let input: Rank

  init(_ network: Network) {
    self.network = network
    let input: Rank = network.input.isFlat ? .flat : .image
    var ranks: [Rank] = []
    var origins: [Int?] = []
    var steps: [Step] = []
    for (index, layer) in network.layers.enumerated() {
      let sources = network.sources[index].map { $0.flatMap { origins[$0] } }
      let read = sources.map { $0.map { ranks[$0] } ?? input }
      let common: Rank = read.allSatisfy { if case .image = $0 { true } else { false } } ? .image : .flat
      let (takes, gives): (Rank, Rank) =
        switch layer.operation {
        case is Conv2D, is MaxPool, is AveragePool: (.image, .image)
        case is GlobalAveragePool: (.image, .flat)
        case is Flatten: (common, .flat)
        case is Linear: (.flat, .flat)
        default: (common, common)
        }
      ranks.append(gives)
      if layer.operation is Dropout {
        // What reads it reads what it reads.
        origins.append(sources[0])
      } else {
        origins.append(index)
        steps.append(Step(layer: index, sources: sources, takes: takes, gives: gives))
      }
    }
    (self.steps, self.input) = (steps, input)
  }

  /// The shape of what a layer puts out, or of the images.
  func shape(_ source: Int?) -> Shape { source.map { network.shapes[$0] } ?? network.input }

  /// The rank of what a layer puts out, or of the images.
  func rank(_ source: Int?) -> Rank { steps.first { $0.layer == source }?.gives ?? input }
}
