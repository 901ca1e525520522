/// A device that networks run on: an OpenCL device, or the CPU through the same interface.
public protocol Backend: AnyObject, Sendable {
  /// What it is, for reports.
  var summary: BackendSummary { get }
  /// Copies a data set to the device, once for all models.
  func upload(_ images: HostImages) throws -> any ResidentSet
  /// Creates a model with weights of zero, on a command queue of its own.
  func makeModel(_ specification: ModelSpecification) throws -> any Model
  /// Bytes in use on the device, and the most that were.
  var memory: (used: Int, peak: Int) { get }
  /// Whether layers can be executed over their surviving entries only.
  var executesSparse: Bool { get }
}

/// What a report says of a backend.
public struct BackendSummary: Sendable, Equatable {
  /// The device's name.
  public var name: String
  /// `opencl` or `cpu`.
  public var backend: String
  /// The driver's version, or that of the BLAS library.
  public var version: String
  /// Compute units or threads.
  public var computeUnits: Int

  /// Creates the summary.
  public init(name: String, backend: String, version: String, computeUnits: Int) {
    self.name = name
    self.backend = backend
    self.version = version
    self.computeUnits = computeUnits
  }
}

/// Images and labels on the host, image after image.
public struct HostImages: Sendable {
  /// The features of an image.
  public enum Features: Sendable {
    /// One byte each, 0...255, which the network sees as the normalization says.
    case bytes([UInt8])
    /// Floats, which the network sees as they are.
    case floats([Float])
  }
  /// `count * size` values.
  public var features: Features
  /// A class per image.
  public var labels: [UInt8]
  /// Features of one image.
  public var size: Int
  /// What becomes of bytes.
  public var normalization: PixelNormalization

  /// Creates a set; `features` must hold `labels.count * size` values.
  ///
  /// - Parameters:
  ///   - features: image after image.
  ///   - labels: the class of each image.
  ///   - size: features of an image.
  ///   - normalization: what becomes of bytes; nothing becomes of floats.
  public init(
    features: Features, labels: [UInt8], size: Int, normalization: PixelNormalization = .none
  ) {
    self.features = features
    self.labels = labels
    self.size = size
    self.normalization = normalization
  }

  /// Number of images.
  public var count: Int { labels.count }
}

/// A data set on a device.
public protocol ResidentSet: AnyObject, Sendable {
  /// Number of images.
  var count: Int { get }
  /// Features of one image.
  var size: Int { get }
}

/// Loss and correct predictions, summed over the images seen.
public struct EpochTotals: Sendable, Equatable {
  /// Sum of the images' losses.
  public var loss: Double
  /// Images whose largest logit was their label's.
  public var correct: Int
  /// Images seen.
  public var images: Int

  /// Creates totals.
  public init(loss: Double, correct: Int, images: Int) {
    self.loss = loss
    self.correct = correct
    self.images = images
  }

  /// Mean loss of an image.
  public var meanLoss: Double { images > 0 ? loss / Double(images) : .nan }
  /// Share of the images classified correctly, 0...1.
  public var accuracy: Double { images > 0 ? Double(correct) / Double(images) : 0 }
}

/// What is counted of a parameter on the device.
public struct LayerCount: Sendable, Equatable {
  /// Surviving entries: those the mask keeps.
  public var survivors: Int
  /// Pruned entries that are not zero. Any is a fault of the engine.
  public var revived: Int
  /// Entries that are NaN or infinite.
  public var notFinite: Int
  /// Columns with at least one survivor.
  public var liveColumns: Int

  /// Creates the counts.
  public init(survivors: Int, revived: Int, notFinite: Int, liveColumns: Int) {
    self.survivors = survivors
    self.revived = revived
    self.notFinite = notFinite
    self.liveColumns = liveColumns
  }
}
