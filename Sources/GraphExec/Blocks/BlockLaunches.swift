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
  package func network(
    _ batches: Batches, view: PixelView, outputs: PixelView, classes: Int, steps: Int, slotCount: Int,
    groups: Int, flops: Int, bytes: Int
  ) -> Launch {
    let (shape, isBytes) = (batches.layout.shape, batches.input == .bytes)
    return launch(
      "all layers", isBytes ? "network_bytes" : "network_floats",
      [
        .int(steps), .int(shape.count), .int2(shape.height, shape.width), .view(view),
        .int(classes), .view(outputs), .imageCount, .firstImage, .int(batches.count * batches.size),
        .int(batches.size), .int(batches.stride),
        .int(slotCount), .buffer(.blocks(.program)), .buffer(.blocks(.packed)), .buffer(.images),
        .buffer(.order),
      ] + (isBytes ? [.buffer(.scales)] : [])
        + [.buffer(.blocks(.slots)), .buffer(.blocks(.counters)), .buffer(.blocks(.outputs))],
      groups: groups, tile: "blocks of \(images)", shape: "\(steps) layers x \(batches.count * batches.size)",
      flops: flops, bytes: bytes)
  }

  /// The images of a single block, and the first steps: one that `groups` share, or several of one group.
  package func begin(
    _ batches: Batches, view: PixelView, steps: Range<Int>, slotCount: Int, groups: Int, flops: Int
  ) -> Launch {
    let (shape, isBytes) = (batches.layout.shape, batches.input == .bytes)
    return launch(
      Self.label(steps), isBytes ? "network_begin_bytes" : "network_begin_floats",
      [
        .int(steps.count), .int(shape.count), .int2(shape.height, shape.width), .view(view), .imageCount,
        .firstImage, .int(slotCount), .buffer(.blocks(.program)), .buffer(.blocks(.packed)),
        .buffer(.images), .buffer(.order),
      ] + (isBytes ? [.buffer(.scales)] : []) + [.buffer(.blocks(.slots))],
      groups: groups, tile: "block of \(images)", shape: Self.shape(steps), flops: flops,
      bytes: images * shape.count)
  }

  /// The steps after those, likewise; the last launch gives the results of `classes` classes, others those of none.
  package func share(
    _ batches: Batches, steps: Range<Int>, outputs: PixelView, classes: Int, groups: Int, flops: Int
  ) -> Launch {
    launch(
      Self.label(steps), "network_share",
      [
        .int(steps.lowerBound), .int(steps.count), .int(classes), .view(outputs), .imageCount, .firstImage,
        .int(batches.size), .int(batches.stride), .buffer(.blocks(.program)), .buffer(.blocks(.packed)),
        .buffer(.blocks(.slots)), .buffer(.blocks(.outputs)),
      ], groups: groups, tile: "block of \(images)", shape: Self.shape(steps), flops: flops,
      bytes: 4 * images * classes)
  }

  private static func label(_ steps: Range<Int>) -> String {
    steps.count == 1
      ? "layer \(steps.upperBound)"
      : steps.isEmpty ? "results" : "layers \(steps.lowerBound + 1) to \(steps.upperBound)"
  }

  private static func shape(_ steps: Range<Int>) -> String {
    "\(steps.count) layer\(steps.count == 1 ? "" : "s")"
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

  private func launch(
    _ label: String, _ kernel: String, _ arguments: [Launch.Argument], groups: Int, tile: String = "",
    shape: String, flops: Int = 0, bytes: Int
  ) -> Launch {
    Launch(
      label: label, file: file, kernel: kernel, options: config.blockOptions(images: images),
      arguments: arguments, geometry: LaunchGeometry(groups, local: 1), tile: tile, shape: shape,
      flops: flops,
      bytes: bytes)
  }
}
