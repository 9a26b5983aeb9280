#!/usr/bin/env python3
"""Small random SimGrid platforms with random flows: random_platforms.py FIRST LAST (seeds, the last not included)."""

import random,sys,os
def write(path,s): open(path,'w').write('<?xml version="1.0"?>\n<!DOCTYPE platform SYSTEM "https://simgrid.org/simgrid.dtd">\n<platform version="4.1">\n'+s+'</platform>\n')
def flows(path,hosts,n,r,perm=False,same=True):
    with open(path,'w') as f:
        f.write('src,dst,bytes,start_s\n')
        if perm:
            d=hosts[:]; r.shuffle(d)
            for a,b in zip(hosts[:n],d[:n]):
                if a!=b: f.write(f'{a},{b},{int(1e8)},0\n')
            return
        for i in range(n):
            a=r.choice(hosts); b=r.choice(hosts)
            f.write(f'{a},{b},{r.choice([1000,10**6,10**8,3*10**8]) if not same else 10**8},{r.choice([0,0,0.1,0.25])}\n')
def links(r,pol):
    return f'bandwidth="{r.choice(["125MBps","1Gbps","10Gbps","1.25GBps","500MBps"])}" latency="{r.choice(["0","10us","50us","1ms","5ms"])}"'+(f' sharing_policy="{pol}"' if pol else '')
def cluster(r,name,small=True):
    kind=r.choice(['flat','flatbb','loop','ft','torus','df'])
    pol=r.choice(['','SPLITDUPLEX','SHARED','FATPIPE'])
    extra=(f' sharing_policy="{pol}"' if pol else '')
    if kind=='flat' or kind=='flatbb' or kind=='loop':
        n=r.randint(2,8)
        if kind=='flatbb': extra+=f' bb_bw="{r.choice(["2.25GBps","1Gbps"])}" bb_lat="{r.choice(["0","500us"])}"'
        if kind=='loop': extra+=' loopback_bw="1GBps" loopback_lat="1us" limiter_link="1.5GBps"'
    elif kind=='ft':
        L=r.randint(1,3); ch=[r.randint(1,4) for _ in range(L)]; pa=[r.randint(1,3) for _ in range(L)]; pa[0]=1 if r.random()<.7 else pa[0]; ca=[r.choice([1,1,2]) for _ in range(L)]
        n=1
        for x in ch:n*=x
        extra+=f' topology="FAT_TREE" topo_parameters="{L};{",".join(map(str,ch))};{",".join(map(str,pa))};{",".join(map(str,ca))}"'
    elif kind=='torus':
        D=r.randint(1,3); d=[r.randint(1,5) for _ in range(D)]; n=1
        for x in d:n*=x
        extra+=f' topology="TORUS" topo_parameters="{",".join(map(str,d))}"'
    else:
        b=r.randint(2,4); g=r.randint(1,b); c=r.randint(1,3); k=r.randint(1,2); n=g*c*b*k
        extra+=f' topology="DRAGONFLY" topo_parameters="{g},{r.randint(1,2)};{c},{r.randint(1,3)};{b},{r.randint(1,2)};{k}"'
    s=f'<cluster id="{name}" prefix="{name}-" suffix="" radical="0-{n-1}" speed="1Gf" bw="{r.choice(["125MBps","1.25GBps"])}" lat="{r.choice(["0","50us","10us"])}"{extra}/>\n'
    return s,[f'{name}-{i}' for i in range(n)],kind
def graphzone(r,name,routing):
    n=r.randint(2,6); hosts=[f'{name}h{i}' for i in range(n)]
    s=f'<zone id="{name}" routing="{routing}">\n'+''.join(f'<host id="{h}" speed="1Gf"/>\n' for h in hosts)
    s+=f'<router id="{name}r"/>\n'
    nodes=hosts+[f'{name}r']
    L=[]
    for i in range(r.randint(2,6)):
        pol=r.choice(['','SPLITDUPLEX','SHARED']); L.append((f'{name}l{i}',pol)); s+=f'<link id="{name}l{i}" {links(r,pol)}/>\n'
    def ctn():
        k=r.randint(1,3); out=''
        for l,pol in r.sample(L,min(k,len(L))):
            out+=f'<link_ctn id="{l}"'+(f' direction="{r.choice(["UP","DOWN"])}"' if pol=='SPLITDUPLEX' else '')+'/>'
        return out
    if routing=='Full':
        for i,a in enumerate(nodes):
            for b in nodes[i+1:]:
                s+=f'<route src="{a}" dst="{b}">{ctn()}</route>\n'
    else:
        for i in range(1,len(nodes)):
            s+=f'<route src="{nodes[i]}" dst="{nodes[r.randrange(i)]}">{ctn()}</route>\n'
    return s+'</zone>\n',hosts,f'{name}r'
for seed in range(int(sys.argv[1]),int(sys.argv[2])):
    r=random.Random(seed); t=seed%4
    if t==0:
        s,h,k=cluster(r,'c')
    elif t==1:
        s,h,_=graphzone(r,'z',r.choice(['Full','Floyd','Dijkstra'])); k='graph'
    else:
        zs=[];h=[];gws=[];k='multi'
        s='<zone id="top" routing="%s">\n'%r.choice(['Full','Floyd','Dijkstra'])
        for i in range(r.randint(2,4)):
            if r.random()<.5:
                a,b,g=graphzone(r,f'z{i}',r.choice(['Full','Floyd','Dijkstra']))
                zs.append(f'z{i}'); gws.append(g)
            else:
                while True:
                    a,b,kk=cluster(r,f'c{i}')
                    if kk in('flat','flatbb','loop'): break
                zs.append(f'c{i}'); gws.append(f'c{i}-c{i}_router')
            s+=a;h+=b
        for i in range(len(zs)): s+=f'<link id="wan{i}" {links(r,"")}/>\n'
        for i in range(len(zs)):
            for j in range(i+1,len(zs)):
                s+=f'<zoneRoute src="{zs[i]}" dst="{zs[j]}" gw_src="{gws[i]}" gw_dst="{gws[j]}"><link_ctn id="wan{i}"/><link_ctn id="wan{j}"/></zoneRoute>\n'
        s+='</zone>\n'
    write(f'p{seed}.xml',s); flows(f'p{seed}.csv',h,r.randint(1,30),r,same=r.random()<.3)
