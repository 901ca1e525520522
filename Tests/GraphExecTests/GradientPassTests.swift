import Device
import GraphExec
import Reference
import TestSupport
import Testing

/// Gradients by themselves: what criteria of pruning and the regrowth of weights go by.
@Suite(.serialized) struct GradientPassTests {
  typealias Layer = Network.Layer

  /// Linear layers, and convolutions with batch norm, a residual addition and a step over pixels.
  private static func networks() throws -> [Network] {
    [
      Network(layers: [20, 24, 18, 10]),
      try Network(
        input: Shape(2, 6, 5),
        layers: [
          Layer("a", Conv2D(outputs: 6, kernel: 3, padding: 1)), Layer("a.norm", BatchNorm()),
          Layer("a.relu", ReLU()), Layer("b", Conv2D(outputs: 6, kernel: 3, padding: 1, bias: true)),
          Layer("sum", Add(), inputs: ["b", "a.relu"]), Layer("sum.relu", ReLU()),
          Layer("c", Conv2D(outputs: 5, kernel: 3, stride: 2, padding: 1)), Layer("c.norm", BatchNorm()),
          Layer("flat", Flatten()), Layer("d", Linear(outputs: 10, bias: true)),
        ]),
    ]
  }

  /// A network in which half of every weight is pruned, masked, and in CSR where the backend has it.
  private static func pruned(_ network: Network, on backend: any Backend) throws -> [any Model] {
    let masked = try backend.makeModel(ModelSpecification(network: network, batchSize: 16, masked: true))
    try masked.load(.fresh(network, seed: 4))
    for weight in network.weights {
      try masked.enqueuePruning(PruningEvent(weight, unit: .weight, count: network[weight].count / 2))
    }
    guard backend.executesSparse else { return [masked] }
    let start = try masked.state()
    let formats = zip(network.parameters, start.masks).map { parameter, mask -> LayerFormat in
      parameter.isWeight
        ? .sparse(SparsePattern(mask: mask, rows: parameter.rows, columns: parameter.columns)) : .masked
    }
    let sparse = try backend.makeModel(
      ModelSpecification(network: network, batchSize: 16, formats: formats))
    try sparse.load(start)
    return [masked, sparse]
  }

  @Test("they are the loss's slopes", arguments: try GradientCase.all)
  func finiteDifferences(_ test: GradientCase) throws {
    let network = test.network
    let images = TestSet.images(count: 13, size: network.inputs, classes: 4, seed: 11)
    let start = ModelState.fresh(network, seed: 3)
    let slopes = try test.slopes(on: images, of: start, seed: 5).slopes
    for backend in try TestDevice.backends() {
      for (masked, fused) in [(false, true), (true, true), (true, false)] {
        var specification = ModelSpecification(
          network: network, batchSize: 16, masked: masked, fused: fused)
        specification.loss = test.loss
        specification.seed = 5
        let model = try backend.makeModel(specification, of: test.forward)
        try model.load(start)
        try model.enqueueGradients(on: backend.upload(images), images: (0..<13).map { $0 })
        for (weight, gradient) in zip(network.weights, try model.gradients()) {
          for (value, slope) in zip(gradient.values, slopes[weight.index]) {
            #expect(abs(Double(value) - slope) < 2e-6, "\(network[weight].name)")
          }
        }
      }
    }
  }

  @Test("those of several batches are their sum, the last batch being smaller")
  func batches() throws {
    for (backend, network) in try product(TestDevice.backends(), Self.networks()) {
      let set = try backend.upload(TestSet.images(count: 50, size: network.inputs, seed: 6))
      let images = TestSet.order(50, seed: 2).prefix(38)
      for model in try Self.pruned(network, on: backend) {
        let parts = try [images.prefix(16), images.dropFirst(16).prefix(16), images.dropFirst(32)].map {
          try model.enqueueGradients(on: set, images: Array($0))
          return try model.gradients()
        }
        try model.enqueueGradients(on: set, images: Array(images))
        for (place, sum) in try model.gradients().enumerated() {
          let values = parts.map { $0[place].values }
          #expect(sum.values == values[0].indices.map { values[0][$0] + values[1][$0] + values[2][$0] })
        }
      }
    }
  }

  @Test("a layer in CSR has those of all entries, the masked form's bits", .needs(.openCL))
  func sparse() throws {
    let backends = try KernelConfig.Family.allCases.map(TestDevice.backend)
    for (backend, network) in try product(backends, Self.networks()) {
      let set = try backend.upload(TestSet.images(count: 20, size: network.inputs, seed: 6))
      let gradients = try Self.pruned(network, on: backend).map {
        try $0.enqueueGradients(on: set, images: (0..<20).map { $0 })
        return try $0.gradients()
      }
      #expect(gradients[0] == gradients[1])
      // A gradient at a pruned entry is not that of an absent one.
      let masks = try Self.pruned(network, on: backend)[0].state().masks
      for (weight, gradient) in zip(network.weights, gradients[1]) {
        let pruned = zip(gradient.values, masks[weight.index]).filter { $1 == 0 }
        #expect(pruned.contains { $0.0 != 0 })
      }
    }
  }

  @Test("training has the bits of a model that was never asked, wherever an epoch is")
  func undisturbed() throws {
    for (backend, network) in try product(TestDevice.backends(), Self.networks()) {
      let set = try backend.upload(TestSet.images(count: 50, size: network.inputs, seed: 6))
      let other = try backend.upload(TestSet.images(count: 40, size: network.inputs, seed: 7))
      let order = TestSet.order(50, seed: 8)
      for (plain, asked) in try zip(Self.pruned(network, on: backend), Self.pruned(network, on: backend)) {
        var results: [(ModelState, EpochTotals, [Float])] = []
        for (model, asks) in [(plain, false), (asked, true)] {
          func ask() throws {
            guard asks else { return }
            try model.enqueueGradients(on: set, images: Array(order.prefix(16)))
            try model.enqueueGradients(on: other, images: Array(order.filter { $0 < 40 }))
          }
          try ask()
          try model.beginEpoch(on: set, order: order)
          for _ in 0..<4 {
            try model.enqueueStep()
            try ask()
          }
          let totals = try model.epochTotals()
          let outputs = try model.outputs(of: other)
          try ask()
          #expect(try model.outputs(of: other) == outputs)
          results.append((try model.state(), totals, outputs))
        }
        #expect(results[0].0 == results[1].0)
        #expect(results[0].1 == results[1].1)
        #expect(results[0].2 == results[1].2)
      }
    }
  }

  @Test(
    "an evaluation in blocks after it packs batch norm's running averages again", .needs(.openCL))
  func blocks() throws {
    let backend = try OpenCLBackend(TestDevice.openCL(), family: .cpu, forms: .blocks)
    let network = try Self.networks()[1]
    let set = try backend.upload(TestSet.images(count: 50, size: network.inputs, seed: 6))
    let model = try backend.makeModel(ModelSpecification(network: network, batchSize: 16, masked: true))
    try model.load(.fresh(network, seed: 4))
    _ = try model.trainEpoch(on: set, order: TestSet.order(50, seed: 8))
    let outputs = try model.outputs(of: set)
    try model.enqueueGradients(on: set, images: (0..<16).map { $0 })
    #expect(try model.outputs(of: set) == outputs)
  }

  @Test("images are cropped and mirrored as the next step sees them, and dropout draws as it does")
  func nextStep() throws {
    let network = try Network(
      input: Shape(2, 6, 5),
      layers: [
        Layer("a", Conv2D(outputs: 4, kernel: 3, padding: 1)), Layer("relu", ReLU()),
        Layer("drop", Dropout(rate: 0.3)), Layer("flat", Flatten()), Layer("b", Linear(outputs: 10)),
      ])
    for backend in try TestDevice.backends() {
      // A step of such gradient descent subtracts the gradient.
      var specification = ModelSpecification(
        network: network, batchSize: 16,
        updates: UpdateRule(SGD(learningRate: 1, momentum: 0)), masked: false)
      specification.augmentation = Augmentation(crop: 2, flip: true)
      specification.seed = 9
      let model = try backend.makeModel(specification)
      try model.load(.fresh(network, seed: 4))
      let set = try backend.upload(TestSet.images(count: 32, size: network.inputs, seed: 6))
      let order = TestSet.order(32, seed: 1)
      try model.beginEpoch(on: set, order: order)
      for batch in 0..<2 {
        let before = try model.state()
        try model.enqueueGradients(on: set, images: Array(order[batch * 16..<batch * 16 + 16]))
        try model.enqueueStep()
        let after = try model.state()
        for (weight, gradient) in zip(network.weights, try model.gradients()) {
          for (index, value) in gradient.values.enumerated() {
            let step = before[weight].value.values[index] - after[weight].value.values[index]
            #expect(abs(step - value) < 1e-6)
          }
        }
      }
    }
  }

  @Test("nothing is held for gradients where nobody asks", .needs(.openCL))
  func memory() throws {
    let network = Network(layers: [64, 160, 10])
    let used = try [false, true].map { needs in
      // Which form a forward pass takes, and what that holds, is a matter of measured times.
      let backend = try OpenCLBackend(TestDevice.openCL(), family: .cpu, forms: .layers)
      var specification = ModelSpecification(network: network, batchSize: 16, masked: true)
      specification.needsGradients = needs
      let model = try backend.makeModel(specification)
      #expect(model.parameterBytes == 13 * (64 * 160 + 160 * 16))
      return backend.memory.used
    }
    #expect(used[1] - used[0] >= 4 * (64 * 160 + 160 * 16))
  }

  private func product<A, B>(_ a: [A], _ b: [B]) -> [(A, B)] { a.flatMap { a in b.map { (a, $0) } } }
}
