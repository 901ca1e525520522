import Device

/// How a training step is run where it is not layer by layer.
package enum StepForm: Sendable, Equatable {
  /// In two launches: one by blocks of so many images, and one of all updates (`network_gradients_cpu.cl`).
  case blocks(images: Int)
  /// In one, whose groups wait for one another, by tiles of one kind (`network_gpu.cl`).
  case whole(GPUTiles, groups: Int)

  /// Images of a block, where there are blocks.
  package var blocks: BlockForm? {
    if case .blocks(let images) = self { BlockForm(images: images, groups: 1) } else { nil }
  }

  /// For people.
  package var description: String {
    switch self {
    case .blocks(let images): "in two launches, with blocks of \(images) images"
    case .whole(let tiles, let groups):
      "in one launch of \(groups) groups, with tiles of \(tiles.description)"
    }
  }
}

extension Plan {
  /// The same step of training in a form; nil where the network has none. This plan's tensors must have buffers of their own.
  package func training(_ form: StepForm, _ specification: ModelSpecification) -> Plan? {
    switch form {
    case .blocks(let images): trainingInBlocks(images: images, specification)
    case .whole(let tiles, let groups): trainingInOneLaunch(tiles, groups: groups, specification)
    }
  }
}

extension KernelConfig {
  /// The forms of a training step that are worth a try with a batch size on a device, besides layer by layer.
  ///
  /// - Parameter hasEntries: whether a weight is sparse.
  package func stepForms(
    forBatch batchSize: Int, hasEntries: Bool = false, on device: some DeviceTraits
  ) -> [StepForm] {
    switch kernels {
    case .cpu:
      // Blocks fill a batch.
      (hasEntries ? [64, 32, 16] : [32, 16]).filter { stride(forBatch: batchSize) % $0 == 0 }
        .prefix(hasEntries ? 2 : 1).map { .blocks(images: $0) }
    case .gpu(let set):
      device.ordersGroups
        ? set.all.filter { WholeStepLaunch.takes($0, self, stride: stride(forBatch: batchSize)) }.map {
          .whole($0, groups: device.computeUnits * WholeStepLaunch.groupsOfUnit($0))
        } : []
    }
  }
}
