/// What a training step makes of the images that it sees, so that they are others in each epoch; an evaluation sees them as
/// they are.
///
/// First the crop, then the mirror, as PyTorch's `RandomCrop` and `RandomHorizontalFlip` in this order; both before what
/// normalizes.
public struct Augmentation: Sendable, Hashable {
  /// Black pixels that are put around an image, which is then cut to its size again at a place that is drawn; 0 for none.
  public var crop: Int
  /// Whether half of the images are mirrored, left to right.
  public var flip: Bool

  /// Creates an augmentation.
  public init(crop: Int = 0, flip: Bool = false) { (self.crop, self.flip) = (crop, flip) }

  /// Images as they are.
  public static let none = Augmentation()
}

/// How the image in a column of a step's batch is cropped and mirrored: a hash of seed, step and column, as `augment.cl`
/// computes it.
package struct AugmentedImage: Sendable {
  private let shape: Shape
  /// The image's pixel that comes to lie in the corner, which may be beyond its edge.
  private let top: Int
  private let left: Int
  private let isMirrored: Bool

  /// The image in a column.
  ///
  /// - Parameter bits: the step's, of the tensor that holds the images.
  package init(_ augmentation: Augmentation, of shape: Shape, column: Int, bits: StepBits) {
    self.shape = shape
    let drawn = bits(column)
    let places = UInt32(2 * augmentation.crop + 1)
    top = Int(((drawn & 0xffff) * places) >> 16) - augmentation.crop
    left = Int(((drawn >> 16) * places) >> 16) - augmentation.crop
    isMirrored = augmentation.flip && StepBits.hashed(drawn) & 1 == 1
  }

  /// The feature of the image that becomes a feature of the network's input; nil for a black pixel beyond the edge.
  package func source(of feature: Int) -> Int? {
    let (line, column) = (feature / shape.width, feature % shape.width)
    let channel = line / shape.height
    let y = line % shape.height + top
    let x = (isMirrored ? shape.width - 1 - column : column) + left
    guard (0..<shape.height).contains(y), (0..<shape.width).contains(x) else { return nil }
    return (channel * shape.height + y) * shape.width + x
  }
}
