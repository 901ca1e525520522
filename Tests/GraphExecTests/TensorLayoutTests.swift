import GraphExec
import Testing

/// Protects where the rows of tensors are: who shares a layout, who asks for a border, and what cannot be.
@Suite struct TensorLayoutTests {
  /// Reads two pixels beyond the edge.
  private struct Padded: Operation, DeviceOperation {
    static let name = "padded"
    var layout: LayoutDemand { .bordered(2) }
    func lower(_ node: Graph.Node, at index: Int, in plan: inout PlanBuilder) {}
  }

  @Test("the rows of pixels, with a border and without")
  func rows() {
    let plain = TensorLayout(Shape(3, 4, 5))
    #expect(plain.rows == 60 && plain.view == PixelView(first: 0, plane: 20, line: 5, step: 1))
    let bordered = TensorLayout(Shape(3, 4, 5), border: 1)
    #expect(bordered.rows == 3 * 6 * 7)
    #expect(bordered.view == PixelView(first: 8, plane: 42, line: 7, step: 1))
  }

  /// images -> relu -> reader.
  private static func graph(reader: any Operation) -> (graph: Graph, tensors: [TensorID]) {
    var graph = Graph(parameters: [])
    let shape = Shape(2, 3, 3)
    let tensors = ["images", "active", "end"].map { graph.declare($0, shape) }
    graph.append(LoadBatch(), [], to: tensors[0])
    graph.append(ReLU(), [tensors[0]], to: tensors[1])
    graph.append(reader, [tensors[1]], to: tensors[2])
    return (graph, tensors)
  }

  @Test("what elementwise operations tie together has one border; what is written behind has none")
  func borders() throws {
    let (graph, tensors) = Self.graph(reader: Padded())
    let layouts = try TensorLayouts(graph)
    #expect(tensors.map { layouts[$0].border } == [2, 2, 0])
  }

  @Test("a tensor with a border cannot be read by what takes rows in a row")
  func conflict() {
    var (graph, tensors) = Self.graph(reader: Padded())
    let logits = graph.declare("logits", Shape(18))
    graph.append(SoftmaxCrossEntropy(), [tensors[1]], to: logits)
    let error = #expect(throws: GraphError.self) { try TensorLayouts(graph) }
    #expect(
      error?.description
        == "active is read with a padding, which logits = softmax_cross_entropy(active) cannot pass over")
  }

  @Test("flattening moves nothing where there is no border")
  func alias() throws {
    let network = try Network(
      input: Shape(2, 3, 3),
      layers: [Network.Layer("a", Flatten()), Network.Layer("b", Linear(outputs: 4))])
    let specification = ModelSpecification(network: network, batchSize: 16, masked: false)
    let config = KernelConfig.gpu(GPUTileSet(GPUTiles.all[0]))
    let graph = try ForwardPass(network).training(masked: [])
    let plan = try Plan(graph, specification: specification, config: config)
    #expect(!plan.launches.contains { $0.kernel == "copy_pixels" })
    let images = try #require(graph.nodes[0].output)
    #expect(plan.buffer(of: try #require(graph.nodes[1].output)) == plan.buffer(of: images))
    // Nothing asks for a gradient of the images.
    #expect(!plan.launches.contains { $0.kernel.contains("input_gradient") })
  }
}
