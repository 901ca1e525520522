import Device

/// The launches of `network_cpu.cl`: the one place that knows their arguments and geometry.
package struct BlockLaunches {
  private let config: KernelConfig
  private let images: Int
  private let file: String

  /// - Parameter images: those of a block.
  package init?(_ config: KernelConfig, images: Int) {
    guard let file = config.blockFile else { return nil }
    self.config = config
    self.images = images
    self.file = file
  }

  /// What is told of the images that a launch takes.
  package struct Batches {
    package let input: Plan.Input
    /// Where the first step reads them.
    package let layout: TensorLayout
    /// Images of a batch, and floats of a row of its results.
    package let size: Int
    package let stride: Int
    /// Batches of a launch.
    package let count: Int
  }

  /// All steps for the images of some batches.
  ///
  /// - Parameters:
  ///   - view: where the images lie in a group's activations.
  ///   - outputs: where the results do, a row for each class.
  ///   - slotCount: floats of a group's activations.
  ///   - isShared: whether all groups work at the steps of the one block that there is.
  package func network(
    _ batches: Batches, view: PixelView, outputs: PixelView, classes: Int, steps: Int, slotCount: Int,
    groups: Int, isShared: Bool, flops: Int, bytes: Int
  ) -> Launch {
    let (shape, isBytes) = (batches.layout.shape, batches.input == .bytes)
    return launch(
      "all layers", (isShared ? "network_share_" : "network_") + (isBytes ? "bytes" : "floats"),
      [
        .int(steps), .int(shape.count), .int2(shape.height, shape.width), .view(view),
        .int(classes), .view(outputs), .imageCount, .firstImage,
      ] + (isShared ? [] : [.int(batches.count * batches.size)])
        + [.int(batches.size), .int(batches.stride)] + (isShared ? [] : [.int(slotCount)])
        + [.buffer(.blocks(.program)), .buffer(.blocks(.packed)), .buffer(.images), .buffer(.order)]
        + (isBytes ? [.buffer(.scales)] : [])
        + [.buffer(.blocks(.slots)), .buffer(.blocks(.counters)), .buffer(.blocks(.outputs))],
      groups: groups, tile: "\(isShared ? "a block" : "blocks") of \(images)",
      shape: "\(steps) layers x \(batches.count * batches.size)",
      flops: flops, bytes: bytes)
  }

  /// A weight's panels.
  package func pack(_ layer: LayerWeight, to first: Int) -> Launch {
    let ldw = leadingDimension(layer.outputs)
    return launch(
      "\(layer.label) packed", "network_pack",
      [
        .int(layer.inputs), .int(ldw), layer.buffer(.value), .int(first), .buffer(.blocks(.packed)),
      ], groups: ldw / 16, shape: "\(layer.inputs)x\(ldw)", bytes: 8 * layer.inputs * ldw)
  }

  /// Numbers as they are.
  package func copy(_ buffer: BufferID, count: Int, to first: Int) -> Launch {
    launch(
      "\(buffer) packed", "network_copy",
      [.int(count), .buffer(buffer), .int(first), .buffer(.blocks(.packed))], groups: 1, shape: "\(count)",
      bytes: 8 * count)
  }

  /// Entries that a work-group of `gather` takes.
  static let gatheredEntries = 4096

  /// The values of a sparse weight in another order, which places from `firstPlace` on say.
  package func gather(_ buffer: BufferID, count: Int, places firstPlace: Int, to first: Int) -> Launch {
    launch(
      "\(buffer) packed", "network_gather",
      [
        .int(count), .int(firstPlace), .buffer(.blocks(.places)), .buffer(buffer), .int(first),
        .buffer(.blocks(.packed)),
      ], groups: (count + Self.gatheredEntries - 1) / Self.gatheredEntries, shape: "\(count)",
      bytes: 12 * count)
  }

  private func launch(
    _ label: String, _ kernel: String, _ arguments: [Launch.Argument], groups: Int, tile: String = "",
    shape: String, flops: Int = 0, bytes: Int
  ) -> Launch {
    Launch(
      label: label, file: file, kernel: kernel,
      options: config.blockOptions(images: images) + " "
        + defines([("GATHER_ENTRIES", Self.gatheredEntries)]),
      arguments: arguments, geometry: LaunchGeometry(groups, local: 1), tile: tile, shape: shape,
      flops: flops,
      bytes: bytes)
  }
}
