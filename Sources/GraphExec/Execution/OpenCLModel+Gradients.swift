import Device

extension OpenCLModel {
  func enqueueGradients(on set: any ResidentSet, images: [Int32]) throws {
    guard let set = set as? OpenCLSet else { preconditionFailure("a data set of another backend") }
    precondition(specification.trains, "an inference model has no gradients")
    precondition(!images.isEmpty, "gradients are those of some images")
    try renewTables()
    try reserveOrder(of: max(images.count, set.count))
    let plans = try gradientPlans(set, count: images.count > specification.batchSize ? 2 : 1)
    guard let order = buffers[.gradientOrder], let state = buffers[.gradientState] else { return }
    try queue.write(images, to: order)
    // The steps to come would draw the same random bits.
    var progress = StepState()
    progress.step = step
    try queue.write(progress.words, to: state)
    for plan in plans { try plan.set(imageCount: images.count) }
    for first in stride(from: 0, to: images.count, by: specification.batchSize) {
      for kernel in plans[first == 0 ? 0 : 1].kernels { try queue.enqueue(kernel) }
    }
    // Batch norm's factors are in the place of those of its running mean and variance.
    isPacked = false
  }

  func enqueueFlowGradients(scale: Float) throws {
    precondition(specification.trains, "an inference model has no gradients")
    try renewTables()
    let plan = try flowPlan(scale)
    try queue.write(StepState().words, to: plan.state)
    for kernel in plan.kernels { try queue.enqueue(kernel) }
    isPacked = false
  }

  private func flowPlan(_ scale: Float) throws -> BoundPlan {
    if let flow, flow.scale == scale { return flow.plan }
    let size = specification.network.inputs
    let image = HostImages(
      features: .floats([Float](repeating: scale, count: size)), labels: [0], size: size)
    let plan = try bind(OpenCLSet(image, in: context), .flow(scale: scale))
    flow = (scale, plan)
    return plan
  }

  func load(gradients: [Matrix]) throws {
    try reserveGradients()
    for (weight, matrix) in zip(specification.network.weights, gradients) {
      guard let buffer = buffers[.parameter(weight, .gradient)] else { continue }
      try queue.write(padded(matrix.values, rows: matrix.rows, columns: matrix.columns), to: buffer)
    }
  }

  /// Reserves what gradients are kept in, where it is not there.
  func reserveGradients() throws {
    for weight in specification.network.weights {
      try reserve([.parameter(weight, .gradient): specification.bytes(of: weight, .gradient)])
    }
  }

  func gradients() throws -> [Matrix] {
    try specification.network.weights.map { weight in
      guard let gradient = buffers[.parameter(weight, .gradient)] else {
        preconditionFailure("gradients before enqueueGradients")
      }
      return try readRows(of: gradient, specification.network[weight])
    }
  }

  /// Reserves the order in which images are taken; plans are bound to it.
  private func reserveOrder(of images: Int) throws {
    if let order = buffers[.gradientOrder], order.byteCount >= images * 4 { return }
    gradientPlans = []
    try reserve([.gradientOrder: images * 4])
  }

  /// The first plans, so many, of those that compute gradients on a set.
  private func gradientPlans(_ set: OpenCLSet, count: Int) throws -> [BoundPlan] {
    if gradientPlans.first.map({ $0.set !== set }) ?? false { gradientPlans = [] }
    while gradientPlans.count < count {
      gradientPlans.append(try bind(set, .gradients(isAdded: !gradientPlans.isEmpty)))
    }
    return Array(gradientPlans.prefix(count))
  }
}
