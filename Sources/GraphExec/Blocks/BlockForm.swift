import Device

/// How forward passes are run.
package enum ForwardForms: Sendable {
  /// In the form that is measured to be the fastest.
  case fastest
  /// A launch for each layer.
  case layers
  /// Blocks of images through all layers, where there are kernels for that.
  case blocks
  /// The same, with the steps of a block that is alone shared out between all groups.
  case shared
}

/// How many images a work-group takes through the network at a time, and how many groups there are.
public struct BlockForm: Sendable, Equatable {
  /// Images of a block.
  public let images: Int
  /// Work-groups at most: as many as run at once, each with activations of its own.
  public let groups: Int
  /// Operations of a part of a step, where all groups work at the steps of a block that is alone, part by part; nil where each
  /// block is one group's.
  public let part: Int?

  /// Creates the form.
  public init(images: Int, groups: Int, part: Int? = nil) {
    self.images = images
    self.groups = groups
    self.part = part
  }

  /// Parts that take a microsecond or less: claiming one takes a tenth of that.
  static let sharedPart = 1 << 15

  /// The most images that a launch takes, so that none takes long.
  static let launchImages = 16_384

  /// Batches of a set that one launch takes.
  func batches(ofImages count: Int, batchSize: Int) -> Int {
    let batches = { (images: Int) in (images + batchSize - 1) / batchSize }
    return max(1, min(batches(count), Self.launchImages / batchSize))
  }
}

extension KernelConfig {
  /// The file of the kernels that take blocks of images through a network; nil where there are none.
  package var blockFile: String? {
    if case .cpu = kernels { "network_cpu.cl" } else { nil }
  }

  /// The numbers of images of a block that are worth a try with a batch size.
  ///
  /// - Parameters:
  ///   - hasEntries: whether a weight is sparse: of more images more is computed by an entry.
  ///   - hasPixels: whether a layer has several: a cache holds the lines of pixels of fewer images.
  package func blockSizes(forBatch batchSize: Int, hasEntries: Bool = false, hasPixels: Bool = false) -> [Int]
  {
    guard case .cpu = kernels else { return [] }
    if batchSize <= CPUTiles.mostImagesByOutputs { return [batchSize] }
    if batchSize < 32 { return [16] }
    return (hasPixels ? [16, 32] : [32]) + (hasEntries && batchSize >= 64 ? [64] : [])
  }

  /// The most images of a block whose steps can be shared out.
  package static let mostSharedImages = CPUTiles.mostImagesByOutputs

  /// The forms that are worth a try with a batch size, on a device with so many compute units.
  func blockForms(forBatch batchSize: Int, hasEntries: Bool, hasPixels: Bool, units: Int) -> [BlockForm] {
    blockSizes(forBatch: batchSize, hasEntries: hasEntries, hasPixels: hasPixels).flatMap { images in
      // Whether that pays depends on what a driver takes to wake its threads.
      let mayShare = images <= Self.mostSharedImages && units > 1
      return (mayShare ? [nil, BlockForm.sharedPart] : [nil]).map {
        BlockForm(images: images, groups: units, part: $0)
      }
    }
  }

  /// `-D` options of the file for a block.
  package func blockOptions(images: Int) -> String {
    guard case .cpu(let tiles) = kernels else { return "" }
    return defines(tiles.blockMacros(images: images))
  }
}

extension CPUTiles {
  /// The most images that are taken with vectors along the outputs: more fill a vector themselves.
  static let mostImagesByOutputs = 8

  fileprivate func blockMacros(images: Int) -> [(String, Int)] {
    // Two registers of outputs for each image and panel where vectors have 8 lanes; of 32 registers, or 16.
    let registers = width == 16 ? 16 : 12
    let sums = max(1, registers / (16 / width * images))
    return [
      ("WIDTH", width), ("BLOCK", images), ("TILE_ROWS", width == 16 ? 8 : width == 8 ? 6 : 4),
      ("TILE_VECTORS", images % (2 * width) == 0 ? 2 : 1), ("CHAINS", SparseGroups.columns),
      ("PANELS", min(4, sums)), ("PIXELS", min(16, sums)),
    ]
  }
}
