import Device

/// One kernel launch of a plan: what runs, on which buffers, in which geometry, and what it costs.
public struct Launch: Sendable, Equatable {
  /// An argument of the kernel.
  public enum Argument: Sendable, Equatable {
    /// A buffer of the plan.
    case buffer(BufferID)
    /// A size of 32 bits.
    case int(Int)
    /// 32 bits that are no size.
    case bits(UInt32)
    /// A number of entries that may need 64 bits.
    case long(Int)
    /// A number.
    case float(Float)
    /// Two sizes of 32 bits.
    case int2(Int, Int)
    /// Four sizes of 32 bits.
    case int4(Int, Int, Int, Int)
    /// Where the pixels of a tensor are.
    case view(PixelView)
    /// Eight numbers.
    case float8(SIMD8<Float>)
    /// The learning rate of the step that is launched.
    case learningRate
    /// The number of images of the set that is run on.
    case imageCount
    /// The number of the first image that is taken.
    case firstImage
  }

  /// What it is for (`layer 1 forward`).
  public let label: String
  /// The kernel's file.
  public let file: String
  /// A file whose text comes before it: the optimizer's, for kernels that update.
  public let prelude: String?
  /// The kernel's name.
  public let kernel: String
  /// `-D` options of the file.
  public let options: String
  /// The product of a layer that it computes or completes; nil for a launch that belongs to none.
  public let product: LayerProduct?
  /// Its arguments, in order.
  public internal(set) var arguments: [Argument]
  /// Global and local sizes.
  public let geometry: LaunchGeometry
  /// The tile, for people.
  public let tile: String
  /// Where the tile comes from; nil for a launch that can have no other.
  public let tileSource: TileSource?
  /// The matrix sizes, for people (`1000x784x256`).
  public let shape: String
  /// Floating-point operations.
  public let flops: Int
  /// Bytes read and written, each operand once.
  public let bytes: Int
  /// What it does of a forward pass, for kernels that run all of one; nil where they cannot.
  package internal(set) var block: BlockStep?

  package init(
    label: String, file: String, prelude: String? = nil, kernel: String, options: String = "",
    product: LayerProduct? = nil,
    arguments: [Argument], geometry: LaunchGeometry, tile: String = "", tileSource: TileSource? = nil,
    shape: String, flops: Int, bytes: Int
  ) {
    self.label = label
    self.file = file
    self.prelude = prelude
    self.kernel = kernel
    self.options = options
    self.product = product
    self.arguments = arguments
    self.geometry = geometry
    self.tile = tile
    self.tileSource = tileSource
    self.shape = shape
    self.flops = flops
    self.bytes = bytes
  }

  /// The same launch at a learning rate, whatever the step.
  package func at(learningRate: Float) -> Launch {
    var launch = self
    launch.arguments = arguments.map { $0 == .learningRate ? .float(learningRate) : $0 }
    return launch
  }
}

/// One of the three products of a layer. Mask and optimizer belong to the weight gradient, whether they are fused into it
/// or launches of their own.
public struct LayerProduct: Sendable, Equatable {
  /// The layer's weight.
  public let weight: ParameterID
  /// Which product.
  public let pass: MatmulPass
}
