"""Graphs: paths, flows, colours, communities, drawings and files."""

# traced: networkx

import io

import networkx as nx
from networkx.algorithms import approximation, bipartite, community, isomorphism


def undirected() -> int:
    graph = nx.karate_club_graph()
    weighted = nx.Graph()
    weighted.add_weighted_edges_from([(a, b, 1 + (a * b) % 5) for a, b in graph.edges], color="red")
    found = [nx.shortest_path(graph, 0, 33), nx.dijkstra_path_length(weighted, 0, 20), nx.diameter(graph)]
    found += [nx.betweenness_centrality(graph), nx.closeness_centrality(graph), nx.eigenvector_centrality(graph)]
    found += [nx.clustering(graph), nx.triangles(graph), nx.transitivity(graph), nx.core_number(graph), nx.density(graph)]
    found += [list(nx.find_cliques(graph)), nx.greedy_color(graph, "DSATUR"), nx.minimum_spanning_tree(weighted).size()]
    found += [list(nx.connected_components(graph)), list(nx.articulation_points(graph)), list(nx.bridges(graph))]
    found += [nx.max_weight_matching(weighted), nx.astar_path(weighted, 0, 16), list(nx.bfs_edges(graph, 0))[:3]]
    found += [community.greedy_modularity_communities(graph), list(community.label_propagation_communities(graph))]
    found += [community.louvain_communities(graph, seed=1), nx.rich_club_coefficient(graph, normalized=False)]
    found += [nx.degree_assortativity_coefficient(graph), nx.average_neighbor_degree(graph), nx.k_core(graph).order()]
    found += [nx.cycle_basis(graph), nx.eulerian_circuit(nx.complete_graph(5)), nx.minimum_cycle_basis(nx.cycle_graph(4))]
    found += [nx.stoer_wagner(weighted), list(nx.all_simple_paths(graph, 0, 5, cutoff=3)), nx.node_connectivity(graph)]
    found += [approximation.max_clique(graph), approximation.min_weighted_vertex_cover(weighted), nx.is_planar(graph)]
    found += [nx.check_planarity(nx.grid_2d_graph(3, 3)), nx.wiener_index(graph), nx.global_efficiency(graph)]
    found += [list(nx.jaccard_coefficient(graph, [(0, 1)])), list(nx.adamic_adar_index(graph, [(2, 3)])), nx.voterank(graph)]
    found += [nx.dominating_set(graph), nx.maximal_independent_set(graph, seed=1), nx.chordal_graph_cliques(nx.path_graph(4))]
    return len(found)


def directed() -> int:
    graph = nx.DiGraph([(0, 1), (1, 2), (2, 0), (2, 3), (3, 4), (4, 5), (5, 3), (1, 5)])
    nx.set_edge_attributes(graph, {edge: 1 + sum(edge) % 3 for edge in graph.edges}, "capacity")
    nx.set_edge_attributes(graph, 2, "weight")
    tree = nx.DiGraph([(0, 1), (0, 2), (1, 3), (1, 4)])
    found = [nx.pagerank(graph), nx.hits(graph), list(nx.strongly_connected_components(graph)), list(nx.simple_cycles(graph))]
    found += [nx.maximum_flow(graph, 0, 5), nx.minimum_cut(graph, 0, 5), nx.min_cost_flow_cost(graph), nx.condensation(graph)]
    found += [list(nx.topological_sort(tree)), nx.dag_longest_path(tree), nx.ancestors(tree, 4), nx.transitive_closure(tree)]
    found += [nx.lowest_common_ancestor(tree, 3, 4), nx.immediate_dominators(graph, 0), nx.bellman_ford_path(graph, 0, 4)]
    found += [dict(nx.floyd_warshall(graph)), nx.johnson(graph), list(nx.dfs_preorder_nodes(graph, 0)), nx.to_prufer_sequence(nx.path_graph(5))]
    found += [nx.maximum_spanning_arborescence(graph), nx.tournament.hamiltonian_path(nx.DiGraph([(0, 1), (1, 2), (0, 2)]))]
    found += [list(nx.attracting_components(graph)), nx.flow_hierarchy(graph)]
    return len(found) + nx.maximum_flow_value(graph, 0, 5, flow_func=nx.algorithms.flow.dinitz)


def made() -> int:
    makers = [nx.barabasi_albert_graph(20, 2, seed=1), nx.watts_strogatz_graph(12, 4, 0.3, seed=1), nx.petersen_graph()]
    makers += [nx.random_regular_graph(3, 10, seed=1), nx.gnp_random_graph(10, 0.4, seed=2), nx.balanced_tree(2, 3)]
    makers += [nx.stochastic_block_model([4, 4], [[0.9, 0.1], [0.1, 0.9]], seed=1), nx.havel_hakimi_graph([2, 2, 2, 2])]
    found = sum(graph.size() for graph in makers)
    graph = nx.compose(nx.path_graph(4), nx.star_graph(3))
    product = nx.cartesian_product(graph, nx.complement(graph))
    sides = bipartite.random_graph(4, 5, 0.6, seed=1)
    found += len(bipartite.sets(nx.complete_bipartite_graph(2, 3))[0]) + len(bipartite.maximum_matching(nx.complete_bipartite_graph(2, 3)))
    found += len(bipartite.color(nx.path_graph(3))) + sides.order() + product.size()
    matcher = isomorphism.GraphMatcher(nx.cycle_graph(4), nx.relabel_nodes(nx.cycle_graph(4), {0: "a"}))
    found += matcher.is_isomorphic() + len(list(matcher.isomorphisms_iter())) + nx.could_be_isomorphic(graph, product)
    found += int(nx.graph_edit_distance(nx.path_graph(3), nx.cycle_graph(3)))
    for layout in (nx.circular_layout, nx.shell_layout, nx.spiral_layout, nx.random_layout, nx.planar_layout, nx.bfs_layout):
        found += len(layout(graph, **({"start": 0} if layout is nx.bfs_layout else {})))
    found += len(nx.spring_layout(graph, seed=1, iterations=5)) + len(nx.kamada_kawai_layout(graph, dist=None))
    return found


def filed() -> int:
    graph = nx.MultiDiGraph()
    graph.add_edge("a", "b", key="k", weight=1.5, label="x")
    graph.add_node("c", size=3)
    found = len("".join(nx.generate_gml(graph))) + len("".join(nx.generate_graphml(graph))) + len(list(nx.generate_edgelist(graph)))
    found += len(nx.node_link_data(graph)) + len(nx.adjacency_data(graph)) + len(nx.to_dict_of_lists(graph)) + len(nx.to_edgelist(graph))
    found += nx.parse_gml("\n".join(nx.generate_gml(graph))).size() + nx.parse_edgelist(["1 2 {'w': 3}"], nodetype=int).size()
    found += nx.parse_adjlist(["0 1 2", "1 2"]).size() + nx.from_graph6_bytes(nx.to_graph6_bytes(nx.path_graph(5), header=False).strip()).size()
    held = io.BytesIO()
    nx.write_graphml(nx.path_graph(3), held)
    nx.write_gexf(nx.path_graph(3), io.BytesIO())
    nx.write_pajek(nx.path_graph(3), io.BytesIO())
    held.seek(0)
    found += nx.read_graphml(held).size() + len(nx.to_latex(nx.path_graph(3))) + len(list(nx.generate_network_text(nx.balanced_tree(2, 2))))
    found += nx.tree_graph(nx.tree_data(nx.DiGraph([(0, 1)]), 0)).size() + nx.from_nested_tuple((((), ()), ())).order()
    view = graph.subgraph(["a", "b"]).copy().reverse().to_undirected()
    return found + view.size(weight="weight") + len(list(nx.selfloop_edges(graph))) + len(nx.adjacency_matrix(nx.path_graph(3)).todense())


print(undirected(), directed(), made(), filed())
