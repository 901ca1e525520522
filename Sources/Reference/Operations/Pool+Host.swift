import GraphExec

extension MaxPool: HostOperation {
  func run(_ node: Graph.Node, on model: CPUModel, _ batch: inout HostBatch) {
    let (x, y) = (model.input(0, of: node), model.output(of: node))
    HostPool(window, from: node.inputs[0], to: node.output, model, batch).forEachWindow { places, to in
      var largest = -Float.infinity
      for at in places where x[at] > largest || x[at].isNaN { largest = x[at] }
      y[to] = largest
    }
  }
}

extension MaxPoolGradient: HostOperation {
  func run(_ node: Graph.Node, on model: CPUModel, _ batch: inout HostBatch) {
    let (x, dY, dX) = (model.input(0, of: node), model.input(1, of: node), model.output(of: node))
    dX.update(repeating: 0)
    HostPool(window, from: node.inputs[0], to: node.inputs[1], model, batch).forEachWindow { places, to in
      var (largest, first) = (-Float.infinity, places[0])
      for at in places where x[at] > largest || x[at].isNaN { (largest, first) = (x[at], at) }
      dX[first] += dY[to]
    }
  }
}

extension AveragePool: HostOperation {
  func run(_ node: Graph.Node, on model: CPUModel, _ batch: inout HostBatch) {
    let pool = HostPool(window, from: node.inputs[0], to: node.output, model, batch)
    pool.average(model.input(0, of: node), to: model.output(of: node))
  }
}

extension AveragePoolGradient: HostOperation {
  func run(_ node: Graph.Node, on model: CPUModel, _ batch: inout HostBatch) {
    let pool = HostPool(window, from: node.output, to: node.inputs[0], model, batch)
    pool.averageGradient(model.input(0, of: node), to: model.output(of: node))
  }
}

extension GlobalAveragePool: HostOperation {
  func run(_ node: Graph.Node, on model: CPUModel, _ batch: inout HostBatch) {
    let pool = HostPool(globalFrom: node.inputs[0], to: node.output, model, batch)
    pool.average(model.input(0, of: node), to: model.output(of: node))
  }
}

extension GlobalAveragePoolGradient: HostOperation {
  func run(_ node: Graph.Node, on model: CPUModel, _ batch: inout HostBatch) {
    let pool = HostPool(globalFrom: node.output, to: node.inputs[0], model, batch)
    pool.averageGradient(model.input(0, of: node), to: model.output(of: node))
  }
}

/// The windows of a pooling of one tensor to another.
private struct HostPool {
  private let height: Int
  private let width: Int
  private let step: Int
  private let padding: Int
  private let from: Shape
  private let to: Shape
  private let stride: Int
  private let images: Int

  init(_ window: PoolWindow, from: TensorID?, to: TensorID?, _ model: CPUModel, _ batch: HostBatch) {
    self.init(from, to, model, batch) { _ in (window.kernel, window.kernel, window.stride, window.padding) }
  }

  init(globalFrom from: TensorID?, to: TensorID?, _ model: CPUModel, _ batch: HostBatch) {
    self.init(from, to, model, batch) { ($0.height, $0.width, max($0.height, $0.width), 0) }
  }

  private init(
    _ from: TensorID?, _ to: TensorID?, _ model: CPUModel, _ batch: HostBatch,
    window: (Shape) -> (Int, Int, Int, Int)
  ) {
    guard let from, let to else { preconditionFailure("a pooling writes a tensor") }
    self.from = model.trainingGraph.shape(from)
    self.to = model.trainingGraph.shape(to)
    (height, width, step, padding) = window(self.from)
    (stride, images) = (model.stride, batch.count)
  }

  /// Calls `body` with the places of each window's pixels, and the place of what it becomes.
  func forEachWindow(_ body: (_ places: [Int], _ to: Int) -> Void) {
    for c in 0..<to.channels {
      for oy in 0..<to.height {
        for ox in 0..<to.width {
          let lines = max(oy * step - padding, 0)..<min(oy * step - padding + height, from.height)
          let columns = max(ox * step - padding, 0)..<min(ox * step - padding + width, from.width)
          let rows = lines.flatMap { y in columns.map { x in (c * from.height + y) * from.width + x } }
          let row = (c * to.height + oy) * to.width + ox
          for b in 0..<images { body(rows.map { $0 * stride + b }, row * stride + b) }
        }
      }
    }
  }

  func average(_ x: UnsafeMutableBufferPointer<Float>, to y: UnsafeMutableBufferPointer<Float>) {
    forEachWindow { places, to in
      y[to] = places.reduce(0) { $0 + x[$1] } / Float(height * width)
    }
  }

  func averageGradient(_ dY: UnsafeMutableBufferPointer<Float>, to dX: UnsafeMutableBufferPointer<Float>) {
    dX.update(repeating: 0)
    forEachWindow { places, to in
      for at in places { dX[at] += dY[to] / Float(height * width) }
    }
  }
}
