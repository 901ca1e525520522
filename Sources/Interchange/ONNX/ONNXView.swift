import GraphExec

/// A tensor of an ONNX graph as Whittle has it: the layer that puts it out, and how the graph's extents lie in it.
///
/// Whittle keeps an image as `[channels, height, width]`. A graph may show it otherwise without a number moving in Whittle:
/// what a `Transpose` does to the channels is remembered here, and made good in the weights behind a flattening.
struct ONNXView {
  /// How the graph shows it, behind the batch.
  enum Form: Equatable {
    /// `[channels, height, width]`, or `[height, width, channels]`.
    case image(channelsLast: Bool)
    /// `[height, width]` of an image of one channel.
    case plane
    /// `[features]`. Where they were an image with its channels last, the image's shape: then they lie in another order.
    case features(channelsLast: Shape?)
  }

  /// The layer's name, or that of the images.
  let layer: String
  /// The shape of what the layer puts out.
  let shape: Shape
  /// How the graph shows it.
  let form: Form
  /// Whether something else reads it, too: then what is done to it here must not change the layer.
  var isShared = false

  /// The extents in the graph, without the batch.
  var extents: [Int] {
    switch form {
    case .image(false): [shape.channels, shape.height, shape.width]
    case .image(true): [shape.height, shape.width, shape.channels]
    case .plane: [shape.height, shape.width]
    case .features: [shape.count]
    }
  }

  /// Whether the graph's order of the entries is Whittle's.
  var isInOrder: Bool {
    switch form {
    case .image(false), .plane: true
    case .image(true): shape.channels == 1 || shape.pixels == 1
    case .features(let image): image == nil
    }
  }

  /// The same tensor, shown otherwise.
  func shown(as form: Form) -> ONNXView {
    ONNXView(layer: layer, shape: shape, form: form, isShared: isShared)
  }

  /// Whether it is a tensor of the same shape, shown alike.
  func isAlike(_ other: ONNXView) -> Bool { shape == other.shape && form == other.form }
}
