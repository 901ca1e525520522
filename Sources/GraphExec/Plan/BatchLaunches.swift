import Device

/// The launches that move an epoch on, gather a batch and compute its loss: the one place that knows their arguments and
/// geometry.
///
/// Activations are named by the caller.
package struct BatchLaunches {
  private let small: SmallKernels
  private let stride: Int

  /// - Parameter stride: floats from one feature's row of activations to the next.
  package init(stride: Int, config: KernelConfig) {
    small = SmallKernels(config)
    self.stride = stride
  }

  // MARK: progress

  /// Forgets the sums of the last epoch and returns to the first image.
  package static let beginEpoch = progress("begin epoch", "begin_epoch", [])

  /// Moves to the next batch of an evaluation.
  package static func beginBatch(_ batchSize: Int) -> Launch {
    progress("next batch", "begin_batch", [.imageCount, .int(batchSize)])
  }

  /// Moves to the next batch of training, and has the optimizer prepare the step.
  ///
  /// - Parameter rate: the step's learning rate; nil for that of the step which is launched.
  package static func beginStep(_ batchSize: Int, optimizer: any Optimizer, rate: Float? = nil) -> Launch {
    progress(
      "next batch", "begin_step",
      [
        .imageCount, .int(batchSize), rate.map { .float($0) } ?? .learningRate, optimizer.numbersArgument,
      ], optimizer)
  }

  private static func progress(
    _ label: String, _ kernel: String, _ arguments: [Launch.Argument], _ optimizer: (any Optimizer)? = nil
  ) -> Launch {
    Launch(
      label: label, file: "step.cl", prelude: optimizer?.prelude, kernel: kernel,
      options: optimizer?.kernelOptions ?? "", arguments: [.buffer(.state)] + arguments,
      geometry: LaunchGeometry(1, local: 1), shape: "1", flops: 0, bytes: StepState.byteCount)
  }

  // MARK: the batch

  /// The images of the batch, feature by feature.
  package func gather(_ layout: TensorLayout, from input: Plan.Input, to x: BufferID) -> Launch {
    gather("gather", "step.cl", layout, from: input, [], to: x)
  }

  /// The same of images that are cropped and mirrored.
  ///
  /// - Parameter images: the tensor whose random bits are drawn.
  package func augment(
    _ layout: TensorLayout, from input: Plan.Input, _ augmentation: Augmentation, images: TensorID,
    seed: UInt64, to x: BufferID
  ) -> Launch {
    gather(
      "augment", "augment.cl", layout, from: input,
      StepBits.arguments(of: images, seed: seed)
        + [.int(augmentation.crop), .int(augmentation.flip ? 1 : 0)], to: x)
  }

  private func gather(
    _ name: String, _ file: String, _ layout: TensorLayout, from input: Plan.Input,
    _ drawn: [Launch.Argument], to x: BufferID
  ) -> Launch {
    let (shape, features) = (layout.shape, layout.shape.count)
    let isBytes = input == .bytes
    return Launch(
      label: name, file: file, kernel: isBytes ? "\(name)_bytes" : "\(name)_floats",
      options: defines(small.gatherMacros),
      arguments: [
        .int(features), .int(stride), .int(shape.height), .int(shape.width), .view(layout.view),
        .buffer(.images), .buffer(.order), .buffer(.state),
      ] + (isBytes ? [.buffer(.scales)] : []) + drawn + [.buffer(x)],
      geometry: small.gather(features: features, stride: stride), shape: "\(features)x\(stride)",
      flops: features * stride * (isBytes ? 2 : 0), bytes: features * stride * (isBytes ? 5 : 8))
  }

  /// Loss and correct predictions of batches whose logits lie one after the other, and these added as of one batch after the
  /// other.
  package func losses(classes: Int, batchSize: Int, batches: Int) -> [Launch] {
    let range: [Launch.Argument] = [.imageCount, .firstImage, .int(batchSize), .int(batches)]
    let operands = [BufferID.blocks(.outputs), .labels, .order, .blocks(.losses)]
    let options = defines(small.lossMacros(stride: stride))
    return [
      Launch(
        label: "losses", file: "loss.cl", kernel: "softmax_cross_entropy_batches", options: options,
        arguments: [.int(classes), .int(stride)] + range + operands.map { .buffer($0) },
        geometry: small.losses(stride: stride, batches: batches), shape: "\(classes)x\(stride)x\(batches)",
        flops: 8 * classes * stride * batches, bytes: classes * stride * batches * 4),
      Launch(
        label: "sum of losses", file: "loss.cl", kernel: "loss_add", options: options,
        arguments: range + [.buffer(.blocks(.losses)), .buffer(.state)],
        geometry: LaunchGeometry(1, local: 1),
        shape: "\(batches)", flops: 0, bytes: 8 * batches),
    ]
  }

  /// Loss and correct predictions, and the gradient of the logits where it has a name.
  package func loss(
    _ loss: SoftmaxCrossEntropy = SoftmaxCrossEntropy(), classes: Int, of logits: BufferID,
    gradient: BufferID?
  ) -> Launch {
    let operands = [logits, .labels, .order, .state] + (gradient.map { [$0] } ?? [])
    return Launch(
      label: "loss", file: "loss.cl",
      kernel: gradient == nil ? "softmax_cross_entropy_evaluate" : "softmax_cross_entropy",
      options: defines(small.lossMacros(stride: stride)),
      arguments: [.int(classes), .int(stride)] + operands.map { .buffer($0) }
        + (gradient == nil ? [] : [.float(Float(loss.labelSmoothing))]),
      geometry: small.loss(stride: stride), shape: "\(classes)x\(stride)", flops: 8 * classes * stride,
      bytes: classes * stride * (gradient == nil ? 4 : 8))
  }
}
