// One GET with Go's own client: NAME PORT [http]. The connection goes to 127.0.0.1.
package main

import (
	"context"
	"net"
	"net/http"
	"os"
)

func main() {
	name, port, scheme := os.Args[1], os.Args[2], "https"
	if len(os.Args) > 3 {
		scheme = os.Args[3]
	}
	dial := func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, "127.0.0.1:"+port)
	}
	// A transport with its own dial speaks HTTP/2 only when told to; the default one always does.
	client := http.Client{Transport: &http.Transport{DialContext: dial, ForceAttemptHTTP2: true}}
	client.Get(scheme + "://" + name + "/")
}
