From 192.168.10.0/24 (resource group) to emr-datalake-ha-kerberos
c-6d1f0b27a94ce385 (DATALAKE, EMR-5.18.1, cn-hangzhou).
This host (192.0.2.2) is not in 192.168.10.0/24, so what its packets pass says
nothing about the resource group.
From packets sent and from the files.

1 SG-KDC-UDP very likely
   No rule of sg-bp1xn8b6h4jjn1663 lets UDP from 192.168.10.0/24 in to port 88
   on master-1-1 and master-1-2.
   Add    sg-bp1xn8b6h4jjn1663 inbound UDP 88/88 source 192.168.10.0/24
2 DNS-CLUSTER-NAME: Host names of the cluster do not exist here

Allowed 24 of 26 connections. Not checked 1: packets from the resource group.
DOES NOT WORK: 2 of 18 required connections cannot be made. Exit code 1.
