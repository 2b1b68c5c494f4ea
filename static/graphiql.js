// Mounts GraphiQL on /graphql with the session of whoever is signed in.
"use strict";

const place = document.getElementById("graphiql");

const fetcher = GraphiQL.createFetcher({
  url: "/graphql",
  headers: { "Accept-Language": place.dataset.language },
  fetch: (url, options) => fetch(url, { ...options, credentials: "same-origin" }),
});

ReactDOM.createRoot(place).render(
  React.createElement(GraphiQL, { fetcher, defaultQuery: place.dataset.query.trimStart(), shouldPersistHeaders: false }),
);
