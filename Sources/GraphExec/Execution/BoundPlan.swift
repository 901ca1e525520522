import Device

/// A plan's launches with their arguments bound: to a model's buffers and to one data set.
final class BoundPlan {
  let plan: Plan
  let set: OpenCLSet
  let kernels: [BoundKernel]
  let beginEpoch: BoundKernel
  let state: DeviceBuffer
  /// Where the learning rate of a step goes; nil in a plan that does not train.
  private let learningRate: (kernel: BoundKernel, index: Int)?
  /// Where the number of the first image goes; none in a plan that counts on the device.
  private let firstImage: [(kernel: BoundKernel, index: Int)]
  private var first = 0
  /// Where the number of images goes.
  private let imageCounts: [(kernel: BoundKernel, index: Int)]
  private var count: Int

  init(_ plan: Plan, set: OpenCLSet, buffers: [BufferID: DeviceBuffer], in context: ComputeContext) throws {
    guard let state = buffers[.state] else { preconditionFailure("a plan without a state") }
    self.plan = plan
    self.set = set
    self.state = state
    kernels = try plan.launches.map {
      try BoundKernel($0, buffers: buffers, imageCount: set.count, in: context)
    }
    beginEpoch = try BoundKernel(BatchLaunches.beginEpoch, buffers: buffers, in: context)
    let bound = zip(plan.launches, kernels)
    func places(of argument: Launch.Argument) -> [(BoundKernel, Int)] {
      bound.compactMap { launch, kernel in
        launch.arguments.firstIndex(of: argument).map { (kernel, $0) }
      }
    }
    learningRate = places(of: .learningRate).first
    firstImage = places(of: .firstImage)
    imageCounts = places(of: .imageCount)
    count = set.count
  }

  /// The kernels up to the results of a forward pass, without the loss.
  var forward: ArraySlice<BoundKernel> { kernels.prefix(plan.lossIndex ?? kernels.count) }
  /// Images of a set that the kernels take at once.
  var imagesAtOnce: Int { plan.batchSize * plan.batches }

  /// Whether it counts on the device which image comes next, from the begin of an epoch on.
  var countsOnDevice: Bool { firstImage.isEmpty }

  /// Sets the image from which on those kernels take images that do not count on the device.
  func set(firstImage number: Int) throws {
    guard number != first else { return }
    first = number
    for (kernel, index) in firstImage { try kernel.set(number, at: index) }
  }

  /// Sets how many images are taken in all, where these are not all of the set.
  func set(imageCount number: Int) throws {
    guard number != count else { return }
    count = number
    for (kernel, index) in imageCounts { try kernel.set(number, at: index) }
  }

  /// Sets the learning rate of the steps that are enqueued from now on.
  func set(learningRate rate: Float) throws {
    if let learningRate { try learningRate.kernel.set(rate, at: learningRate.index) }
  }
}

extension BoundKernel {
  /// Binds a launch to the buffers that it names.
  package convenience init(
    _ launch: Launch, buffers: [BufferID: DeviceBuffer], imageCount: Int = 0, in context: ComputeContext
  ) throws {
    let arguments: [KernelArgument] = launch.arguments.map { argument in
      switch argument {
      case .buffer(let id):
        guard let buffer = buffers[id] else { preconditionFailure("\(launch.label): no buffer \(id)") }
        return .buffer(buffer)
      case .int(let value): return .int(value)
      case .bits(let value): return .int(Int(Int32(bitPattern: value)))
      case .long(let value): return .long(value)
      case .float(let value): return .float(value)
      case .int2(let x, let y): return .int2(x, y)
      case .int4(let x, let y, let z, let w): return .int4(x, y, z, w)
      case .view(let view): return .int4(view.first, view.plane, view.line, view.step)
      case .float8(let value): return .float8(value)
      case .learningRate: return .float(0)
      case .imageCount: return .int(imageCount)
      case .firstImage: return .int(0)
      }
    }
    try self.init(
      context, file: launch.file, prelude: launch.prelude, name: launch.kernel, options: launch.options,
      arguments: arguments,
      geometry: launch.geometry)
  }
}
