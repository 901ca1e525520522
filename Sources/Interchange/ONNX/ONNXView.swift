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
  /// Zeros that the graph puts around an image, and the convolution that reads it has in Whittle: above, to the left, below, to
  /// the right.
  var padding = [0, 0, 0, 0]

  /// The extents in the graph, without the batch.
  var extents: [Int] {
    let (height, width) = (shape.height + padding[0] + padding[2], shape.width + padding[1] + padding[3])
    return switch form {
    case .image(false): [shape.channels, height, width]
    case .image(true): [height, width, shape.channels]
    case .plane: [height, width]
    case .features: [shape.count]
    }
  }

  /// Whether the graph puts zeros around it.
  var isPadded: Bool { padding != [0, 0, 0, 0] }

  /// Why a node cannot read a padded image.
  static let onlyConvolutionsPad = "reads a padded image; Whittle reads a Pad before a convolution only"

  /// The image inside.
  var unpadded: ONNXView {
    var inside = self
    inside.padding = [0, 0, 0, 0]
    return inside
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
    ONNXView(layer: layer, shape: shape, form: form, isShared: isShared, padding: padding)
  }

  /// Whether it is a tensor of the same shape, shown alike.
  func isAlike(_ other: ONNXView) -> Bool { shape == other.shape && form == other.form }
}
